etcd-dump-logs -start-index 225 data
