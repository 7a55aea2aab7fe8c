etcd-dump-db iterate-bucket data alarm
