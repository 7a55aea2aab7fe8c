etcd-dump-db iterate-bucket data meta
