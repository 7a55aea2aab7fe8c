etcd-dump-logs -start-index 2 data
