etcd-dump-logs -start-index 451 data
