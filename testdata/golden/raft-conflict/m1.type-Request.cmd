etcd-dump-logs -entry-type Request m1
