etcd-dump-logs -entry-type IRRTxn m1
