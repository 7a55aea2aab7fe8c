etcd-dump-logs -raw -start-index 225 data
