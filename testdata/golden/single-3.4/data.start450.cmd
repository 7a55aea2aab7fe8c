etcd-dump-logs -start-index 450 data
