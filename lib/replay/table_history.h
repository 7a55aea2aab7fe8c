// What the entries of a log do to the rows of the small buckets, beginning with those that a
// database has.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apply/rules.h"
#include "apply/tables.h"
#include "base/bytes.h"
#include "mvcc/store.h"
#include "wal/log.h"

namespace etcdf::replay {

class TableHistory {
 public:
  // A row from entry `index` on; nothing: there is none.
  struct Version {
    uint64_t index = 0;
    std::optional<apply::TableRow> row = {};
  };

  // Applies the entries of `range` to the small buckets of `database`, without its keys: of these
  // no row of theirs depends, but for who may revoke a lease while authentication is on.
  TableHistory(const mvcc::Store& database, const apply::Rules& rules, const wal::Log& log,
               const wal::IndexRange& range);

  // Ascending; null where no entry writes or erases the row.
  const std::vector<Version>* Of(std::string_view bucket, Bytes key) const;
  // How many entries changed the revision of the users and roles.
  uint64_t auth_changes() const { return auth_changes_; }
  // The first entry that is sure to write a key; UINT64_MAX where none is. Up to 3.4 the consistent
  // index moves with it.
  uint64_t first_write() const { return first_write_; }

 private:
  std::map<std::pair<std::string, std::string>, std::vector<Version>> rows_;
  uint64_t auth_changes_ = 0;
  uint64_t first_write_ = UINT64_MAX;
};

}  // namespace etcdf::replay
