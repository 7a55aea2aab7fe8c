etcd-dump-logs -start-index 468 data
