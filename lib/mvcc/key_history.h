// The stored revisions of one key.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "base/bytes.h"
#include "mvcc/key_row.h"
#include "mvcc/store.h"

namespace etcdf::mvcc {

// Where a row stands in its key's life (mvcc/key_index.go): a generation begins with the put that
// creates the key and ends with its tombstone.
struct HistoryRow {
  KeyRow row;
  uint64_t generation = 0;  // from 1, of those that are stored
  // The generation began before this row, and compaction took what was there.
  bool is_cut = false;
};

// Calls `visit` with each stored row of the key, oldest first, until it returns false. Reports rows
// that cannot be read.
void VisitHistory(const Store& store, Bytes key,
                  const std::function<bool(const HistoryRow&)>& visit);

// The row that is the key's state at the end of transaction `revision`; nothing if the key is not
// there then.
std::optional<KeyRow> FindAt(const Store& store, Bytes key, int64_t revision);

}  // namespace etcdf::mvcc
