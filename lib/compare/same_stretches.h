// Stretches of revisions that are the same on all members, byte for byte. As a rule that is all but
// a few, so that the comparison (key_history.h) looks at few rows one by one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "compare/key_history.h"
#include "mvcc/store.h"

namespace etcdf::compare {

struct SameStretch {
  uint64_t rows = 0;
  std::vector<const uint8_t*> first_keys = {};  // of each member's first row; empty: no rows
};

// One for each of `ranges`, which are ascending and without gaps; nothing where a row differs,
// where rows are not in order, or where reading met damage. What lies before the first range counts
// as part of it. On all cores; rows are compared where they lie, so that memory does not grow with
// them.
std::vector<std::optional<SameStretch>> FindSameStretches(std::span<const mvcc::Store> members,
                                                          std::span<const RevisionRange> ranges);

}  // namespace etcdf::compare
