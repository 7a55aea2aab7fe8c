etcd-dump-db iterate-bucket data auth --decode
