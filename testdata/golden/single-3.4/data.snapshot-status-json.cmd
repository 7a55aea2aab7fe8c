etcdutl snapshot status data/member/snap/db -w json
