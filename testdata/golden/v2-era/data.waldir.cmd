etcd-dump-logs -wal-dir data/member/wal data
