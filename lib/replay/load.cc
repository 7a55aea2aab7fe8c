#include "replay/load.h"

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "mvcc/key_row.h"
#include "mvcc/schema.h"
#include "mvcc/status.h"
#include "replay/earlier.h"

namespace etcdf::replay {
namespace {

using apply::Table;

class StoreLoader {
 public:
  StoreLoader(const mvcc::Store& database, apply::MemberStore& store)
      : database_(database), store_(store) {}

  Result<void> Load(std::optional<int64_t> revision, std::span<const wire::Entry> later = {}) {
    const mvcc::Status status = mvcc::ReadStatus(database_);
    const int64_t current = revision.value_or(status.CurrentRevision());
    const int64_t compact = status.CompactRevision();
    if (current < compact || current > status.CurrentRevision()) {
      return Fail({.code = ErrorCode::kUsage,
                   .what = "the database does not hold the keys as of this revision",
                   .subject = std::to_string(current)});
    }
    // What a new store begins with is in the database, too, or was lost with its bucket.
    store_.EraseRow(Table::kAuth, mvcc::kAuthRevisionName);
    TakeTables();
    SetBack(StateBefore(later));
    LoadKeys(current, current < status.CurrentRevision());
    store_.BeginAt({.revision = current,
                    .compact_revision = compact,
                    .index = status.consistent_index.value_or(0),
                    .term = status.term.value_or(0)});
    return {};
  }

  void TakeTables() {
    static constexpr auto kWhole = std::to_array<Table>(
        {Table::kLease, Table::kAlarm, Table::kAuth, Table::kAuthUsers, Table::kAuthRoles,
         Table::kMembers, Table::kMembersRemoved, Table::kCluster});
    for (const Table table : kWhole) {
      ForEachRow(apply::BucketOf(table), [&](const backend::Row& row) {
        Put(table, row);
        if (table == Table::kMembers) Put(Table::kKnownMembers, row);
      });
    }
    ForEachRow(mvcc::kMetaBucket, [&](const backend::Row& row) {
      if (AsText(row.key) == mvcc::kConfStateName) Put(Table::kConfState, row);
    });
  }

 private:
  // Calls `visit(const backend::Row&)` for each row of the bucket, in order.
  template <typename Visit>
  void ForEachRow(std::string_view name, Visit visit) {
    const auto bucket = database_.database.Open(AsBytes(name));
    if (!bucket) return;
    std::array<backend::Row, 64> rows;
    for (const auto& scan : bucket->Split(1, database_.findings)) {
      while (const size_t read = scan->Next(rows)) {
        for (size_t i = 0; i < read; ++i) visit(rows[i]);
      }
      for (const Finding& finding : scan->findings().findings()) database_.findings.Report(finding);
    }
  }

  void SetBack(const Earlier& earlier) {
    for (const int64_t id : earlier.leases_granted) {
      store_.EraseRow(Table::kLease, apply::Leases::KeyOf(id));
    }
    for (const int64_t id : earlier.leases_used) store_.AssumeLease(id);
    for (const auto& [alarm, raised] : earlier.alarms) {
      const std::string key = apply::AlarmKey(alarm.first, alarm.second);
      if (raised) store_.PutRow(Table::kAlarm, key, {});
      if (!raised) store_.EraseRow(Table::kAlarm, key);
    }
    if (earlier.auth_enabled || earlier.auth_changes > 0) {
      store_.SetAuthBack(earlier.auth_enabled.value_or(store_.auth().enabled()),
                         earlier.auth_changes);
    }
  }

  void Put(Table table, const backend::Row& row) {
    store_.PutRow(table, AsText(row.key), {.value = std::string(AsText(row.value))});
  }

  void LoadKeys(int64_t revision, bool is_earlier) {
    ForEachRow(mvcc::kKeyBucket, [&](const backend::Row& stored) {
      const auto row = mvcc::DecodeKeyRow(stored, database_.file, database_.findings);
      if (!row || row->at.revision.main > revision) return;
      if (is_earlier) store_.AssumeLease(row->kv.lease);
      store_.RestoreKey(apply::StoredRowOf(*row));
    });
  }

  const mvcc::Store& database_;
  apply::MemberStore& store_;
};

}  // namespace

Result<void> Load(const mvcc::Store& database, std::optional<int64_t> revision,
                  apply::MemberStore& store) {
  return StoreLoader(database, store).Load(revision);
}

Result<void> LoadBefore(const mvcc::Store& database, int64_t revision,
                        std::span<const wire::Entry> later, apply::MemberStore& store) {
  return StoreLoader(database, store).Load(revision, later);
}

void TakeTables(const mvcc::Store& database, apply::MemberStore& store) {
  StoreLoader(database, store).TakeTables();
}

}  // namespace etcdf::replay
