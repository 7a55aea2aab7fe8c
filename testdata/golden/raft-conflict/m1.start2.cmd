etcd-dump-logs -start-index 2 m1
