etcd-dump-db iterate-bucket data key --decode
