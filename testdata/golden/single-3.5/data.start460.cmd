etcd-dump-logs -start-index 460 data
