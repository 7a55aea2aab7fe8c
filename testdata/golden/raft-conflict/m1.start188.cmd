etcd-dump-logs -start-index 188 m1
