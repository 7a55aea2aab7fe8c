etcd-dump-db list-bucket data
