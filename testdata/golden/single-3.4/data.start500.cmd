etcd-dump-logs -start-index 500 data
