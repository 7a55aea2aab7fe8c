etcd-dump-logs -start-index 77 data
