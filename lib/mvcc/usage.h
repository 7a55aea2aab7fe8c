// What takes the room in bucket `key`, by groups of keys.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string_view>
#include <vector>

#include "mvcc/key_row.h"
#include "mvcc/live_rows.h"
#include "mvcc/store.h"

namespace etcdf::mvcc {

// Bytes are those of rows as they are stored, the revision included.
struct Usage {
  uint64_t puts = 0;
  uint64_t tombstones = 0;
  uint64_t bytes = 0;
  uint64_t live_keys = 0;
  uint64_t live_bytes = 0;           // of the rows that are the state of the store
  uint64_t largest_value_bytes = 0;  // of the value alone
  std::string_view largest_value_key;

  void Add(const Usage& other);
};

struct UsageQuery {
  // The group of a key: a part of the key, or a name that lives as long as the result.
  std::function<std::string_view(std::string_view key)> group_of = {};
  // The group of a row, likewise, for one thread; what makes one, if set, counts before group_of.
  using RowGroup = std::function<std::string_view(const KeyRow& row)>;
  std::function<RowGroup()> row_grouper = {};
  std::string_view prefix = {};  // only keys with it
  int64_t revision_first = 0;
  int64_t revision_last = std::numeric_limits<int64_t>::max();
  // How many groups are wanted, those with most bytes; 0: as many as kMaxGroups.
  uint64_t top = 0;
};

struct UsageReport {
  static constexpr size_t kMaxGroups = 1 << 16;

  struct Group {
    std::string_view name;
    Usage usage;
  };
  std::vector<Group> groups;  // most bytes first, then by name
  // All that is not in `groups`, and how many groups that is.
  Usage others;
  uint64_t other_groups = 0;
  Usage total;
};

// Exact for any number of groups in bounded memory: where there are more than fit, the bucket is
// walked through several times. Without `live`, which is of the same store, nothing counts as live.
// Reports rows that cannot be read, unless `live` is given, which has done so.
UsageReport MeasureUsage(const Store& store, const UsageQuery& query, const LiveRows* live);

}  // namespace etcdf::mvcc
