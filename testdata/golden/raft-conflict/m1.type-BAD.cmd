etcd-dump-logs -entry-type Bogus m1
