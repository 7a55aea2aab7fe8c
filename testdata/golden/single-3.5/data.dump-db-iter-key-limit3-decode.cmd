etcd-dump-db iterate-bucket data key --limit 3 --decode
