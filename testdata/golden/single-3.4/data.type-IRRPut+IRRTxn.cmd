etcd-dump-logs -entry-type IRRPut,IRRTxn data
