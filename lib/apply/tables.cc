#include "apply/tables.h"

#include <utility>

#include "mvcc/schema.h"

namespace etcdf::apply {

std::string_view BucketOf(Table table) {
  switch (table) {
    case Table::kLease: return mvcc::kLeaseBucket;
    case Table::kAlarm: return mvcc::kAlarmBucket;
    case Table::kAuth: return mvcc::kAuthBucket;
    case Table::kAuthUsers: return mvcc::kAuthUsersBucket;
    case Table::kAuthRoles: return mvcc::kAuthRolesBucket;
    case Table::kMembers: return mvcc::kMembersBucket;
    case Table::kMembersRemoved: return mvcc::kMembersRemovedBucket;
    case Table::kCluster: return mvcc::kClusterBucket;
    case Table::kConfState: return mvcc::kMetaBucket;
    case Table::kKnownMembers: break;
  }
  return {};
}

const TableRow* Tables::Find(Table table, std::string_view key) const {
  const Rows& all = rows(table);
  const auto row = all.find(key);
  return row == all.end() ? nullptr : &row->second;
}

void Tables::Put(Table table, std::string_view key, TableRow row) {
  const TableRow* const before = Find(table, key);
  journal_.push_back({.table = table,
                      .key = std::string(key),
                      .before = before != nullptr ? std::optional(*before) : std::nullopt});
  Set(table, key, std::move(row));
}

void Tables::Erase(Table table, std::string_view key) {
  const TableRow* const before = Find(table, key);
  if (before == nullptr) return;
  journal_.push_back({.table = table, .key = std::string(key), .before = *before});
  Set(table, key, std::nullopt);
}

void Tables::Set(Table table, std::string_view key, std::optional<TableRow> row) {
  Rows& all = rows_[Position(table)];
  ++changes_[Position(table)];
  if (row) {
    all.insert_or_assign(std::string(key), *std::move(row));
  } else if (const auto at = all.find(key); at != all.end()) {
    all.erase(at);
  }
}

void Tables::RollBack(size_t mark) {
  while (journal_.size() > mark) {
    Change& change = journal_.back();
    Set(change.table, change.key, std::move(change.before));
    journal_.pop_back();
  }
}

}  // namespace etcdf::apply
