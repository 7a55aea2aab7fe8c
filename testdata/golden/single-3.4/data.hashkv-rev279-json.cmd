etcdutl hashkv data/member/snap/db -w json --rev 279
