etcdutl hashkv data/member/snap/db -w simple
