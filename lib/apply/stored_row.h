// A row of the bucket `key`, and the bytes that etcd stores for it.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "mvcc/key_row.h"

namespace etcdf::apply {

// The views belong to whom the row was made from: a log, a database.
struct StoredRow {
  mvcc::Revision revision = {};
  Bytes key = {};
  Bytes value = {};             // empty in a tombstone, as are the numbers below
  int64_t create_revision = 0;  // of the key's generation
  int64_t version = 0;          // puts of the generation so far
  int64_t lease = 0;            // 0: none
  bool tombstone = false;
};

// The same row, as it was decoded from a database.
StoredRow StoredRowOf(const mvcc::KeyRow& row);

// The row's key in the bucket: 17 bytes, of a tombstone 18 (mvcc/revision.h).
std::string EncodeRowKey(const StoredRow& row);

// The row that `snapshot restore --bump-revision` leaves at the revision it goes on to: its value
// has no byte, and so neither key nor version (etcd v3.6.9, etcdutl/snapshot/v3_snapshot.go,
// unsafeBumpBucketsRevision).
bool IsBump(const StoredRow& row);

// The row's value: mvccpb.KeyValue, of a tombstone with its key alone (etcd v3.6.9,
// server/storage/mvcc/kvstore_txn.go, put and delete). All releases write the same bytes: fields
// ascending, zeros left out.
std::string EncodeRowValue(const StoredRow& row);

}  // namespace etcdf::apply
