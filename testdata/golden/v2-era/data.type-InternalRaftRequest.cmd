etcd-dump-logs -entry-type InternalRaftRequest data
