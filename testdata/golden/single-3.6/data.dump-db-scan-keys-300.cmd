etcd-dump-db scan-keys data 300
