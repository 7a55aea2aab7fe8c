// What a member lacks of that which its cluster has committed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wal/log.h"

namespace etcdf::restore {

// Committed entries that a member has neither in its log nor in its database.
struct LostEntries {
  static constexpr size_t kMaxKeys = 8;
  // More different keys than these are not counted.
  static constexpr size_t kMaxCounted = 100'000;

  uint64_t index_first = 0;
  uint64_t index_last = 0;
  std::vector<std::string> keys = {};  // that they write, the first few, each once
  bool more_keys = false;
  // How many keys they write; of a range that is deleted, its first counts. Nothing where no log
  // tells, or there are too many.
  std::optional<uint64_t> key_count = {};
  // The first that is lost; nothing where that is not known.
  std::optional<int64_t> revision_first = {};

  uint64_t count() const { return index_last - index_first + 1; }
};

// The entries of `range`, which `log` holds; of a null log only their number is told.
LostEntries ReadLost(const wal::Log* log, const wal::IndexRange& range);

}  // namespace etcdf::restore
