etcd-dump-logs -entry-type IRRCompaction data
