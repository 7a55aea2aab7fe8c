etcd-dump-logs -start-index 229 data
