etcd-dump-logs -start-index 467 data
