etcd-dump-db iterate-bucket data lease
