etcd-dump-logs -start-index 1 -entry-type ConfigChange,IRRCompaction data
