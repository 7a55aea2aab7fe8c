etcd-dump-db list-bucket data/member/snap/db
