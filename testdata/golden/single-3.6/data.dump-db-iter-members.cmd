etcd-dump-db iterate-bucket data members
