etcdutl hashkv m1/member/snap/db -w json
