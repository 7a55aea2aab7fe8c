etcd-dump-db iterate-bucket data authRoles
