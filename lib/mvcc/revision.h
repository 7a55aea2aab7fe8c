// Revisions, and how they are keys of the bucket `key` (etcd v3.6.9,
// server/storage/mvcc/revision.go; server/storage/mvcc/kvstore.go, isTombstone).
//
//   put        17 bytes   main, 8 bytes big-endian | '_' | sub, 8 bytes big-endian
//   tombstone  18 bytes   the same and 't'
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace etcdf::mvcc {

struct Revision {
  int64_t main = 0;  // of the transaction
  int64_t sub = 0;   // of the change within it

  friend auto operator<=>(const Revision&, const Revision&) = default;
};

struct RowRevision {
  Revision revision;
  bool tombstone = false;
};

// Nothing where etcd 3.6 would panic: another length, no '_', a negative number (BytesToBucketKey).
// Like etcd, takes 18 bytes with another mark than 't' for a put.
std::optional<RowRevision> ParseRowKey(Bytes key);

// "217" or, with a sub revision, "217_3".
std::string RevisionText(Revision revision);

}  // namespace etcdf::mvcc
