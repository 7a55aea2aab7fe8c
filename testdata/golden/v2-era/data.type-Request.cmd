etcd-dump-logs -entry-type Request data
