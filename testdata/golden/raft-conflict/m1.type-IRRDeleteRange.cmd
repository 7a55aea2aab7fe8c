etcd-dump-logs -entry-type IRRDeleteRange m1
