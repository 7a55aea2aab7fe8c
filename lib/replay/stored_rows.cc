#include "replay/stored_rows.h"

#include <algorithm>
#include <array>
#include <utility>

#include "mvcc/key_row.h"
#include "mvcc/schema.h"

namespace etcdf::replay {

namespace {

// Passes all on, and remembers whether there was damage.
class DamageSeen : public FindingSink {
 public:
  explicit DamageSeen(FindingSink& findings) : findings_(findings) {}

  void Report(Finding finding) override {
    any_ |= finding.kind.severity == Severity::kDamage;
    findings_.Report(std::move(finding));
  }
  bool any() const { return any_; }

 private:
  FindingSink& findings_;
  bool any_ = false;
};

std::vector<apply::StoredRow> ReadRows(const mvcc::Store& database, FindingSink& findings) {
  std::vector<apply::StoredRow> rows;
  const auto bucket = database.database.Open(AsBytes(mvcc::kKeyBucket));
  if (!bucket) return rows;
  std::array<backend::Row, 64> batch;
  for (const auto& scan : bucket->Split(1, findings)) {
    while (const size_t read = scan->Next(batch)) {
      for (const backend::Row& stored : std::span(batch).first(read)) {
        const auto row = mvcc::DecodeKeyRow(stored, database.file, findings);
        if (!row) continue;
        rows.push_back({.revision = row->at.revision,
                        .key = row->kv.key,
                        .value = row->kv.value,
                        .create_revision = row->kv.create_revision,
                        .version = row->kv.version,
                        .lease = row->kv.lease,
                        .tombstone = row->at.tombstone});
      }
    }
    for (const Finding& finding : scan->findings().findings()) findings.Report(finding);
  }
  // A damaged tree may have them in another order.
  std::ranges::stable_sort(rows, {}, &apply::StoredRow::revision);
  return rows;
}

}  // namespace

StoredRows::StoredRows(const mvcc::Store& database)
    : compacted_(mvcc::ReadStatus(database).CompactRevision()) {
  DamageSeen damage(database.findings);
  rows_ = std::make_shared<const std::vector<apply::StoredRow>>(ReadRows(database, damage));
  are_damaged_ = damage.any();
}

StoredRows StoredRows::AsTorn() const {
  StoredRows torn = *this;
  torn.are_torn_ = true;
  return torn;
}

std::span<const apply::StoredRow> StoredRows::At(int64_t main) const {
  constexpr size_t kNear = 64;
  const auto all = this->all();
  const size_t near_end = std::min(at_ + kNear, all.size());
  const bool begins_here = at_ == 0 || all[at_ - 1].revision.main < main;
  if (begins_here && near_end > at_ && all[near_end - 1].revision.main >= main) {
    while (all[at_].revision.main < main) ++at_;
  } else {
    at_ = Position(main);
  }
  size_t end = at_;
  while (end < all.size() && all[end].revision.main == main) ++end;
  return all.subspan(at_, end - at_);
}

std::span<const apply::StoredRow> StoredRows::After(int64_t main) const {
  size_t first = Position(main);
  while (first < all().size() && all()[first].revision.main == main) ++first;
  return all().subspan(first);
}

size_t StoredRows::Position(int64_t main) const {
  const auto first =
      std::ranges::lower_bound(all(), main, {}, [](const auto& row) { return row.revision.main; });
  return static_cast<size_t>(first - all().begin());
}

bool SameContent(const apply::StoredRow& a, const apply::StoredRow& b) {
  return a.tombstone == b.tombstone && Equal(a.key, b.key) && Equal(a.value, b.value);
}

bool SameRow(const apply::StoredRow& a, const apply::StoredRow& b) {
  return a.revision == b.revision && a.create_revision == b.create_revision &&
         a.version == b.version && a.lease == b.lease && SameContent(a, b);
}

}  // namespace etcdf::replay
