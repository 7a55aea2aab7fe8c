// The keys that differ between two states of the store, of one database or two.
//
// A key whose newest row is not the same in both has a row that only one of them has. As a rule two
// states share nearly all of their history, so one pass over both, row by row in the order of
// revisions, leaves few keys to look at; a second pass finds the newest rows of these. Where more
// keys differ than memory holds, they are done in the order of keys, so many at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "mvcc/key_row.h"
#include "mvcc/store.h"

namespace etcdf::states {

// What a store held at the end of `revision`.
struct StoreState {
  const mvcc::Store& store;
  int64_t revision = 0;
};

// A key whose newest live row is not the same in both. Nothing where the key is not there. Rows
// may differ in no more than their revisions.
struct KeyChange {
  std::optional<mvcc::KeyRow> from = {};
  std::optional<mvcc::KeyRow> to = {};

  const mvcc::KeyRow& any() const { return to ? *to : *from; }
};

struct ChangesLimits {
  size_t keys = 1 << 19;  // held at once, some 150 bytes each
};

// Whether all rows of each side could be read: else keys may be missing here, or not be live.
struct ChangesRead {
  bool from_is_whole = true;
  bool to_is_whole = true;
};

// Calls `visit` with each change of a key that begins with `prefix`, in the order of keys, until it
// returns false. Rows that cannot be read are reported to each store's sink, once.
ChangesRead VisitChanges(const StoreState& from, const StoreState& to, const std::string& prefix,
                         const std::function<bool(const KeyChange&)>& visit,
                         const ChangesLimits& limits = {});

}  // namespace etcdf::states
