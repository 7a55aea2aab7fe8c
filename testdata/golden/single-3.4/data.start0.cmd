etcd-dump-logs -start-index 0 data
