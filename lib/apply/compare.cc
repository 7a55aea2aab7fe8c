#include "apply/compare.h"

#include <array>
#include <memory>

#include "mvcc/schema.h"
#include "mvcc/status.h"
#include "wire/reader.h"

namespace etcdf::apply {
namespace {

// Merges rows of the store, which come one by one in the order of the bucket, with the bucket's.
class Merge {
 public:
  Merge(std::string_view bucket, const mvcc::Store& database, Comparison& result)
      : bucket_(bucket),
        opened_(database.database.Open(AsBytes(bucket))),
        cursor_(opened_ ? opened_->NewCursor(database.findings) : nullptr),
        more_(cursor_ && cursor_->First()),
        result_(result) {}

  // Rows of the database up to this key, if the store does not have them, are no difference.
  void ForgiveExtraUpTo(std::string key) { forgiven_ = std::move(key); }
  // Differences for which it returns true are known, and count for nothing.
  void Forgive(const std::function<bool(const Difference&)>& is_known) { is_known_ = is_known; }

  template <typename IsSame>
  void Take(std::string_view key, IsSame is_same) {
    while (more_ && AsText(cursor_->row().key) < key) PassExtra();
    if (!more_ || AsText(cursor_->row().key) != key) {
      Report(Difference::Kind::kOnlyInStore, key);
      return;
    }
    if (is_same(cursor_->row().value)) {
      ++result_.rows_equal;
    } else {
      Report(Difference::Kind::kOtherValue, key);
    }
    more_ = cursor_->Next();
  }

  void Finish() {
    while (more_) PassExtra();
  }

 private:
  void PassExtra() {
    const std::string_view key = AsText(cursor_->row().key);
    if (key >= forgiven_) Report(Difference::Kind::kOnlyInDatabase, key);
    more_ = cursor_->Next();
  }

  void Report(Difference::Kind kind, std::string_view key) {
    Difference difference{.kind = kind, .bucket = bucket_, .key = std::string(key)};
    if (is_known_ && is_known_(difference)) return;
    ++result_.rows_different;
    if (result_.first.size() < Comparison::kKeptMax) {
      result_.first.push_back(std::move(difference));
    }
  }

  std::string_view bucket_;
  std::unique_ptr<backend::Bucket> opened_;
  std::unique_ptr<backend::Cursor> cursor_;
  bool more_;
  std::string forgiven_;
  std::function<bool(const Difference&)> is_known_;
  Comparison& result_;
};

// The message without what the log may not tell: the password of authpb.User and the TTL of
// leasepb.Lease have the same number.
std::string WithoutUntold(Bytes message) {
  constexpr uint32_t kPasswordOrTtl = 2;
  std::string rest;
  wire::Reader reader(message);
  wire::Field field;
  while (reader.Next(field)) {
    if (field.number != kPasswordOrTtl) rest += AsText(field.raw);
  }
  return rest;
}

bool IsSame(const TableRow& row, Bytes stored) {
  return row.value == (row.reproducible ? std::string(AsText(stored)) : WithoutUntold(stored));
}

}  // namespace

Comparison CompareKeys(const MemberStore& store, const mvcc::Store& database,
                       const std::function<bool(const Difference&)>& is_known) {
  Comparison result;
  Merge merge(mvcc::kKeyBucket, database, result);
  merge.Forgive(is_known);
  const mvcc::Status status = mvcc::ReadStatus(database);
  if (status.scheduled_compact_revision > status.finished_compact_revision) {
    const StoredRow behind{.revision = {.main = store.keys().compact_revision() + 1}};
    merge.ForgiveExtraUpTo(EncodeRowKey(behind));
  }
  store.ForEachRow([&](const StoredRow& row) {
    merge.Take(EncodeRowKey(row),
               [&](Bytes stored) { return AsText(stored) == EncodeRowValue(row); });
  });
  merge.Finish();
  return result;
}

Comparison CompareTables(const MemberStore& store, const mvcc::Store& database) {
  static constexpr auto kWholeBuckets = std::to_array<Table>(
      {Table::kAlarm, Table::kAuth, Table::kAuthRoles, Table::kAuthUsers, Table::kCluster,
       Table::kLease, Table::kMembers, Table::kMembersRemoved});
  Comparison result;
  for (const Table table : kWholeBuckets) {
    Merge merge(BucketOf(table), database, result);
    for (const auto& [key, row] : store.tables().rows(table)) {
      merge.Take(key, [&](Bytes stored) { return IsSame(row, stored); });
    }
    merge.Finish();
  }
  for (const auto& [key, row] : store.tables().rows(Table::kConfState)) {
    const auto stored = mvcc::FindRow(database.database, mvcc::kMetaBucket, key, database.findings);
    if (stored && IsSame(row, *stored)) {
      ++result.rows_equal;
    } else {
      ++result.rows_different;
      result.first.push_back(
          {.kind = stored ? Difference::Kind::kOtherValue : Difference::Kind::kOnlyInStore,
           .bucket = mvcc::kMetaBucket,
           .key = key});
    }
  }
  return result;
}

}  // namespace etcdf::apply
