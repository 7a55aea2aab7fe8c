etcd-dump-db iterate-bucket data cluster
