etcd-dump-logs -start-index 233 data
