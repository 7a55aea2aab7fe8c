etcd-dump-db iterate-bucket data authUsers
