etcd-dump-logs data
