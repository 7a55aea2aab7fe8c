etcd-dump-logs -raw data
