etcd-dump-logs -entry-type IRRRange data
