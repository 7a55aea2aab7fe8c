etcd-dump-logs -start-index 517 data
