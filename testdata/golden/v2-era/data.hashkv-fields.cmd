etcdutl hashkv data/member/snap/db -w fields
