etcd-dump-logs -start-snap 0000000000000002-000000000000001f.snap data
