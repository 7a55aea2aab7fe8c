etcd-dump-logs -start-index 1 -entry-type IRRLeaseRevoke m1
