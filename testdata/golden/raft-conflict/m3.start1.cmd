etcd-dump-logs -start-index 1 m3
