etcdutl hashkv m1/member/snap/db -w json --rev 165
