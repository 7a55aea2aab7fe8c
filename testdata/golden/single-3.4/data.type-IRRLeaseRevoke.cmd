etcd-dump-logs -entry-type IRRLeaseRevoke data
