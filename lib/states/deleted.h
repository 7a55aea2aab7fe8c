// What is deleted in a state, and which version of it to go back to.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "mvcc/key_row.h"
#include "mvcc/revision.h"
#include "states/changes.h"

namespace etcdf::states {

// A key whose newest row up to the state is a tombstone.
struct DeletedKey {
  mvcc::Revision last;        // its last put before, unless that is marked and another is not
  mvcc::Revision deleted_at;  // its tombstone
};

struct DeletedKeys {
  std::vector<DeletedKey> keys;  // in the order of their last puts
  uint64_t without_version = 0;  // deleted ones of which no put is stored any more
  bool is_whole = true;          // false where damage hides rows
};

// Of the keys that begin with `prefix`. `is_marked` tells of a put if it is a step of a deletion
// that had begun already: an object that is deleted with a grace period, or has finalizers, is
// first written again with the time of its deletion. Rows that cannot be read are reported to the
// store's sink.
DeletedKeys FindDeleted(const StoreState& state, const std::string& prefix,
                        const std::function<bool(const mvcc::KeyRow&)>& is_marked,
                        const ChangesLimits& limits = {});

}  // namespace etcdf::states
