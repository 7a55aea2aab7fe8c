etcd-dump-logs -start-index 78 data
