etcd-dump-logs -entry-type ConfigChange data
