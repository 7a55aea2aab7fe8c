etcd-dump-logs -start-index 127 data
