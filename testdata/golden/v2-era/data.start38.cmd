etcd-dump-logs -start-index 38 data
