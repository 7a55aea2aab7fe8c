// The rows of bucket `key` that were found on pages, by revision.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "apply/stored_row.h"
#include "salvage/key_rows.h"

namespace etcdf::salvage {

class PageRows {
 public:
  // Borrows both. `rows` ascend.
  PageRows(const KeyRows& content, std::span<const FoundRow> rows)
      : content_(content), rows_(rows) {}

  std::span<const FoundRow> all() const { return rows_; }
  // Those of one revision.
  std::span<const FoundRow> At(int64_t main) const;
  // Those above one revision, up to another.
  std::span<const FoundRow> Above(int64_t after, int64_t until) const;
  apply::StoredRow Content(const FoundRow& row) const {
    return apply::StoredRowOf(content_.Content(row));
  }

 private:
  const KeyRows& content_;
  std::span<const FoundRow> rows_;
};

}  // namespace etcdf::salvage
