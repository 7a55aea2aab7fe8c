etcd-dump-logs m2
