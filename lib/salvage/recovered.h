// All rows of bucket `key` that were found, on pages and by the log.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apply/stored_row.h"
#include "salvage/from_log.h"
#include "salvage/key_rows.h"

namespace etcdf::salvage {

class Recovered {
 public:
  // Those of pages. Borrows them.
  explicit Recovered(const KeyRows& pages) : pages_(pages), rows_(pages.rows()) {}
  // And those that the log has written. Of pages, what the log tells to be compacted is marked so,
  // and what contradicts a log that counts is left out.
  Recovered(const KeyRows& pages, const FromLog& log);

  // Each revision once, ascending.
  const std::vector<FoundRow>& rows() const { return rows_; }

  // Of one of rows(). The views point into the file or the log.
  mvcc::KeyRow Content(const FoundRow& row) const;
  // As etcd stores it: as it lies on its page, or written into `scratch`.
  struct Scratch {
    std::string key;
    std::string value;
  };
  backend::Row Stored(const FoundRow& row, Scratch& scratch) const;

 private:
  const apply::StoredRow& Logged(const FoundRow& row) const;

  const KeyRows& pages_;
  std::vector<FoundRow> rows_;
  std::vector<apply::StoredRow> logged_;  // those of kWal, in order
};

}  // namespace etcdf::salvage
