// The rows of bucket `key` as the database has them, by revision.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "apply/stored_row.h"
#include "mvcc/status.h"
#include "mvcc/store.h"

namespace etcdf::replay {

class StoredRows {
 public:
  // Reads them all. Rows that cannot be read are reported and left out. Views point into the
  // database.
  explicit StoredRows(const mvcc::Store& database);

  // Reading them met damage: any of them may have been left out.
  bool are_damaged() const { return are_damaged_; }
  // The same rows, and of none that is not among them is it taken that it was never there.
  StoredRows AsTorn() const;
  bool are_torn() const { return are_torn_; }

  // The rows of a revision, in order; none if it has none. Fast where revisions are asked for in
  // ascending order.
  std::span<const apply::StoredRow> At(int64_t main) const;
  // All, ascending by revision.
  std::span<const apply::StoredRow> all() const { return *rows_; }
  // The rows above revision `main`.
  std::span<const apply::StoredRow> After(int64_t main) const;

  // Up to here, a row that is not there may have been compacted.
  int64_t compacted() const { return compacted_; }
  // Revisions above are complete: what is not there was never written, or was removed by other
  // hands than etcd's. The same, or the highest of all where rows are torn.
  int64_t incomplete_until() const {
    return are_torn_ ? std::numeric_limits<int64_t>::max() : compacted_;
  }
  // The highest revision with a row, and at least that of an empty store, 1.
  int64_t last() const { return rows_->empty() ? 1 : rows_->back().revision.main; }

 private:
  // Of the first row that is not below revision `main`.
  size_t Position(int64_t main) const;

  std::shared_ptr<const std::vector<apply::StoredRow>> rows_;
  int64_t compacted_ = 0;
  bool are_damaged_ = false;
  bool are_torn_ = false;
  mutable size_t at_ = 0;  // where the rows asked for last begin
};

// Whether two rows are stored with the same bytes.
bool SameRow(const apply::StoredRow& a, const apply::StoredRow& b);
// Whether they say the same of the same key, whenever that was.
bool SameContent(const apply::StoredRow& a, const apply::StoredRow& b);

}  // namespace etcdf::replay
