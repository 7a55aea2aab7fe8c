etcd-dump-logs -start-snap 0000000000000002-000000000000003e.snap data
