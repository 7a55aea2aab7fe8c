// A member's state as of a revision, by the revisions of its rows.
#pragma once

#include <cstdint>
#include <vector>

#include "mvcc/revision.h"
#include "mvcc/store.h"

namespace etcdf::compare {

// Found when first asked for. Borrows the store. Memory: 16 bytes for each live key.
class StateRows {
 public:
  StateRows(const mvcc::Store& store, int64_t revision) : store_(store), revision_(revision) {}

  // Whether the row of this revision is part of the state.
  bool Holds(mvcc::Revision revision);

 private:
  void Find();

  const mvcc::Store& store_;
  int64_t revision_;
  bool found_ = false;
  std::vector<mvcc::Revision> rows_;
};

}  // namespace etcdf::compare
