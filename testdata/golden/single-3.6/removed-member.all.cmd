etcd-dump-logs removed-member
