etcd-dump-logs -entry-type IRRDeleteRange data
