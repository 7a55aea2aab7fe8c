etcd-dump-logs -entry-type Bogus data
