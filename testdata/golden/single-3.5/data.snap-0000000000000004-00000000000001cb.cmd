etcd-dump-logs -start-snap 0000000000000004-00000000000001cb.snap data
