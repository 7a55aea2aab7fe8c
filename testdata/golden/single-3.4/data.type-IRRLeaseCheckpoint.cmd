etcd-dump-logs -entry-type IRRLeaseCheckpoint data
