etcd-dump-logs -start-index 238 m1
