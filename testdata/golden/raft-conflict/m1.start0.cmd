etcd-dump-logs -start-index 0 m1
