etcd-dump-logs -raw removed-member
