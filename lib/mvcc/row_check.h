// Whether the rows of the bucket `key` agree with themselves.
#pragma once

#include "mvcc/store.h"

namespace etcdf::mvcc {

// Holds what each row says of itself against its key, the revision at which it was written: a put
// was modified then, was created then or before, and it is the key's first version exactly if it
// was created then (etcd v3.6.9, server/storage/mvcc/kvstore_txn.go, put). Lets pass the row
// without a value that `etcdutl snapshot restore --bump-revision` adds. On all cores.
//
// Reports kBadRowKey, kBadRowValue and kRowContradiction.
void CheckRows(const Store& store);

}  // namespace etcdf::mvcc
