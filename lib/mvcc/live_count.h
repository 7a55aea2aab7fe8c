// How many keys are live at the end of a store, counted without a table of them.
//
// The last compaction has left one row of each key that was there (etcd v3.6.9,
// server/storage/mvcc/key_index.go, keep, and kvstore_compaction.go). After it every change has its
// row: a put of version 1 makes a key, each later version keeps it, and a tombstone takes it away,
// as etcd writes none of a key that is not there (kvstore_txn.go). So each row counts by itself.
//
// True of stores that etcd has written whole. Rows that contradict this are noticed wherever a row,
// or its place among its neighbours, can tell; it takes a table (live_rows.h) to count those.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "mvcc/key_row.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/store.h"

namespace etcdf::mvcc {

class LiveCount {
 public:
  // Nothing where the table is needed from the start: a compaction is unfinished, or damage hides
  // how far the store was compacted.
  static std::optional<LiveCount> For(const Store& store);

  // The next row of the part; nothing stands for one that cannot be decoded. Parts may be read by
  // several threads at once.
  void Add(size_t part, const std::optional<KeyRow>& row);

  // Once all rows are added: nothing if they contradict what etcd writes.
  std::optional<uint64_t> Count() const;

 private:
  struct alignas(64) Part {  // no two in a cache line
    std::optional<Revision> first;
    std::optional<Revision> first_after_compaction;
    Revision last;
    int64_t live = 0;
    bool contradicts = false;
  };

  explicit LiveCount(int64_t compacted) : compacted_(compacted) {}
  // If the row changes `part.live` as its rules say.
  bool AddChange(Part& part, const KeyRow& row) const;

  int64_t compacted_;  // 0: never
  std::array<Part, kMaxParts> parts_;
};

}  // namespace etcdf::mvcc
