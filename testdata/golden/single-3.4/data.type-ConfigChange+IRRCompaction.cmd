etcd-dump-logs -entry-type ConfigChange,IRRCompaction data
