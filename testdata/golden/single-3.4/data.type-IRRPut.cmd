etcd-dump-logs -entry-type IRRPut data
