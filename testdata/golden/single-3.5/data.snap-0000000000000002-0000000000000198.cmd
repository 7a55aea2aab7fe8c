etcd-dump-logs -start-snap 0000000000000002-0000000000000198.snap data
