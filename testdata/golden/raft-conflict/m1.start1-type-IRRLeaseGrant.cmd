etcd-dump-logs -start-index 1 -entry-type IRRLeaseGrant m1
