etcd-dump-logs -raw -start-index 38 data
