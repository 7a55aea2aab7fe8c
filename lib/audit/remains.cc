#include "audit/remains.h"

#include <utility>

#include "mvcc/schema.h"

namespace etcdf::audit {
namespace {

using apply::Difference;
using apply::StoredRow;

// Merges two lists of rows, both in the order of their revisions.
class Merge {
 public:
  Merge(const apply::MemberStore& store, std::span<const StoredRow> stored,
        const std::function<bool(const Difference&)>& is_known)
      : current_(store.keys().current_revision()), stored_(stored), is_known_(is_known) {}

  void Take(const StoredRow& row) {
    while (!stored_.empty() && stored_.front().revision < row.revision) PassExtra();
    bool is_there = false;
    bool is_same = false;
    // A page may be in the tree twice, or two versions of it.
    for (; !stored_.empty() && stored_.front().revision == row.revision; Pass()) {
      is_there = true;
      is_same = is_same || replay::SameRow(stored_.front(), row);
    }
    if (is_same) {
      ++remains_.comparison.rows_equal;
    } else if (is_there) {
      Report(Difference::Kind::kOtherValue, row);
    } else if (!IsKnown(Difference::Kind::kOnlyInStore, row)) {
      AddMissing(row);
      return;
    }
    is_in_stretch_ = is_in_stretch_ && !is_there;
  }

  Remains Finish() {
    while (!stored_.empty()) PassExtra();
    return std::move(remains_);
  }

 private:
  void Pass() { stored_ = stored_.subspan(1); }

  void PassExtra() {
    const StoredRow& row = stored_.front();
    const bool is_stray = row.revision.main > current_ &&
                          remains_.strays.size() < Remains::kKeptMax &&
                          !IsKnown(Difference::Kind::kOnlyInDatabase, row);
    if (is_stray) {
      remains_.strays.push_back(row);
    } else {
      Report(Difference::Kind::kOnlyInDatabase, row);
    }
    is_in_stretch_ = false;
    Pass();
  }

  static Difference DifferenceOf(Difference::Kind kind, const StoredRow& row) {
    return {.kind = kind, .bucket = mvcc::kKeyBucket, .key = apply::EncodeRowKey(row)};
  }

  bool IsKnown(Difference::Kind kind, const StoredRow& row) const {
    return is_known_(DifferenceOf(kind, row));
  }

  void Report(Difference::Kind kind, const StoredRow& row) {
    if (IsKnown(kind, row)) return;
    apply::Comparison& comparison = remains_.comparison;
    ++comparison.rows_different;
    if (comparison.first.size() < apply::Comparison::kKeptMax) {
      comparison.first.push_back(DifferenceOf(kind, row));
    }
  }

  void AddMissing(const StoredRow& row) {
    ++remains_.rows_missing;
    if (!std::exchange(is_in_stretch_, true)) {
      if (++remains_.stretches <= Remains::kKeptMax) {
        remains_.missing.push_back({.revision_first = row.revision.main});
      }
    }
    if (remains_.stretches > Remains::kKeptMax) return;
    MissingRows& stretch = remains_.missing.back();
    stretch.revision_last = row.revision.main;
    ++stretch.count;
    if (stretch.first.size() < MissingRows::kKeptMax) stretch.first.push_back(row);
  }

  int64_t current_;
  std::span<const StoredRow> stored_;
  const std::function<bool(const Difference&)>& is_known_;
  bool is_in_stretch_ = false;
  Remains remains_;
};

}  // namespace

Remains CompareWithRows(const apply::MemberStore& store, const replay::StoredRows& rows,
                        const std::function<bool(const apply::Difference&)>& is_known) {
  Merge merge(store, rows.all(), is_known);
  store.ForEachRow([&](const StoredRow& row) { merge.Take(row); });
  return merge.Finish();
}

}  // namespace etcdf::audit
