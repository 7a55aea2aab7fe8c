// One member's rows of the bucket `key` in the order of their revisions, numbered as the other
// members count.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "backend/backend.h"
#include "base/finding.h"
#include "compare/key_history.h"

namespace etcdf::compare {

class RowStream {
 public:
  // From the first row on. Rows that are no revisions are passed over; a database without the
  // bucket has no rows.
  RowStream(size_t member, const backend::Database& database, FindingSink& findings);

  // To where another stream over the same rows is, or to the first row of that revision, with the
  // same numbers.
  void Follow(const RowStream& other);

  // False at the end.
  bool has_row() const { return has_row_; }
  // Of the row at the place, as the others count.
  mvcc::Revision revision() const { return {Common(at_.revision.main), at_.revision.sub}; }
  // The same in this member's own numbers; at the end, of the last row.
  const mvcc::RowRevision& own() const { return at_; }
  const backend::Row& row() const { return cursor_->row(); }
  RowSide Side() const;

  void Advance() { Settle(cursor_->Next()); }
  // To the first row of revision `main`, in own numbers, or behind.
  void SeekOwn(int64_t main);
  // To the first row behind revision `main`, in own numbers.
  void PassOwn(int64_t main);

  // From `main` on, in own numbers and behind all earlier calls', the others count `by` more.
  void AddShift(int64_t main, int64_t by);
  bool is_shifted() const { return !steps_.empty(); }
  // What the others call this member's revision `main`.
  int64_t Common(int64_t main) const;

 private:
  struct Step {
    int64_t from;
    int64_t by;  // in all
  };

  void Settle(bool on_row);

  size_t member_;
  std::unique_ptr<backend::Bucket> bucket_;
  std::unique_ptr<backend::Cursor> cursor_;
  std::vector<Step> steps_;  // ascending by `from`
  mvcc::RowRevision at_;
  bool has_row_ = false;
};

// Whether two rows are the same change: of the same key with the same value and lease, and the same
// create revision and version, as the members count.
bool SameRow(const RowStream& a, const RowStream& b);
// The same key, value and lease only.
bool SameContent(const RowStream& a, const RowStream& b);

}  // namespace etcdf::compare
