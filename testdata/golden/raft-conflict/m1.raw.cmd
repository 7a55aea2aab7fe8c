etcd-dump-logs -raw m1
