etcd-dump-logs -entry-type Normal data
