etcd-dump-logs -entry-type IRRLeaseGrant data
