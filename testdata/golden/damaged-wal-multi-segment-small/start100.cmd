etcd-dump-logs -start-index 100 data
