// Whether the rows of the bucket `key` agree with themselves, and none is missing.
#pragma once

#include "mvcc/store.h"

namespace etcdf::mvcc {

// Holds what each row says of itself against its key, the revision at which it was written: a put
// was modified then, was created then or before, and it is the key's first version exactly if it
// was created then (etcd v3.6.9, server/storage/mvcc/kvstore_txn.go, put). Lets pass the row
// without a value that `etcdutl snapshot restore --bump-revision` adds. On all cores.
//
// A store that `etcdctl migrate` made of a v2 store begins with its rows: a put for each key, of
// version 1, with the create and the modified index of v2 for revisions, whatever other indexes v2
// gave to what is not there any more (etcd v3.4.23, etcdctl/ctlv3/command/migrate_command.go). They
// contradict nothing, and revisions may be missing among them.
//
// Each transaction that changes something takes the next main revision and numbers its changes from
// 0 (kvstore_txn.go, End), and a compaction removes nothing behind its own revision: behind the
// last one every main revision has its rows, in a store that was never compacted from 2 on. Not
// held against this where the bucket `meta`, which tells of compactions, is damaged or missing.
//
// Reports kBadRowKey, kBadRowValue, kRowContradiction, kRevisionGap and kMigrated.
void CheckRows(const Store& store);

// Whether the last row is of the last compaction or behind it. A compaction removes the rows of
// what was overwritten or deleted before, and so the last row only where that is a deletion (etcd
// v3.6.9, server/storage/mvcc/key_index.go, compact).
//
// Reports kEndsBeforeCompaction.
void CheckEnd(const Store& store);

}  // namespace etcdf::mvcc
