etcd-dump-logs -start-index 509 data
