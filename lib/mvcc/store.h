// What every question to the store starts from: the database, its name in messages, and where
// damage is reported.
#pragma once

#include <cstddef>
#include <string>

#include "backend/backend.h"
#include "base/finding.h"

namespace etcdf::mvcc {

// How much is held at once, whatever the database holds; what does not fit is done in several
// walks. Together some 200 MiB at most. Tests set them low.
struct MemoryLimits {
  // Slots of the table of keys, 16 bytes each: for most databases, and for those that do not fit.
  // 400,000 keys and 6 million.
  unsigned log2_slots_small = 19;
  unsigned log2_slots_large = 23;
  size_t sorted_rows = 1 << 19;   // twice 56 bytes each
  size_t usage_groups = 1 << 19;  // some 130 bytes each
};

// Borrows the first three. The functions that take a Store may use several threads; the sink is
// called from the caller's thread only.
struct Store {
  const backend::Database& database;
  const std::string& file;  // path, as findings name it
  FindingSink& findings;
  MemoryLimits limits = {};
};

}  // namespace etcdf::mvcc
