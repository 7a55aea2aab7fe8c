etcd-dump-logs -start-index 1 data
