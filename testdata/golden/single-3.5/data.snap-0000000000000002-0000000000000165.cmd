etcd-dump-logs -start-snap 0000000000000002-0000000000000165.snap data
