etcd-dump-logs m3
