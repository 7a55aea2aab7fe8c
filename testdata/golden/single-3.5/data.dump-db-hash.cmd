etcd-dump-db hash data
