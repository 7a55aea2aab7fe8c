etcd-dump-logs -start-snap 0000000000000002-00000000000000cc.snap data
