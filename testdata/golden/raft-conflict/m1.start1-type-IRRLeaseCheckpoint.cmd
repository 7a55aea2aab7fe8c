etcd-dump-logs -start-index 1 -entry-type IRRLeaseCheckpoint m1
