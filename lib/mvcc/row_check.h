// Whether the rows of the bucket `key` agree with themselves, and none is missing.
#pragma once

#include "mvcc/store.h"

namespace etcdf::mvcc {

// Holds what each row says of itself against its key, the revision at which it was written: a put
// was modified then, was created then or before, and it is the key's first version exactly if it
// was created then (etcd v3.6.9, server/storage/mvcc/kvstore_txn.go, put). Lets pass the row
// without a value that `etcdutl snapshot restore --bump-revision` adds. On all cores.
//
// Each transaction that changes something takes the next main revision and numbers its changes from
// 0 (kvstore_txn.go, End), and a compaction removes nothing behind its own revision: behind the
// last one every main revision has its rows, in a store that was never compacted from 2 on. Not
// held against this where the bucket `meta`, which tells of compactions, is damaged or missing.
//
// Reports kBadRowKey, kBadRowValue, kRowContradiction and kRevisionGap.
void CheckRows(const Store& store);

// Whether the last row is of the last compaction or behind it. A compaction removes the rows of
// what was overwritten or deleted before, and so the last row only where that is a deletion (etcd
// v3.6.9, server/storage/mvcc/key_index.go, compact).
//
// Reports kEndsBeforeCompaction.
void CheckEnd(const Store& store);

}  // namespace etcdf::mvcc
