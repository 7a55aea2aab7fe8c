etcd-dump-logs -entry-type IRRTxn data
