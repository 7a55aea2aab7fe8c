etcd-dump-logs -start-index 189 m1
