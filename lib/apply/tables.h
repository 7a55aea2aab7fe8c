// The small buckets of a member, as rows: leases, alarms, auth, members and what the cluster agreed
// on. With a journal, so that one can go back.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace etcdf::apply {

enum class Table : uint8_t {
  kLease,
  kAlarm,
  kAuth,
  kAuthUsers,
  kAuthRoles,
  kMembers,
  kMembersRemoved,
  kCluster,
  kConfState,  // the row of that name in bucket `meta`
  // No bucket: the members as etcd knows them in memory, in the form of `members`' rows. The two
  // differ where a release did not write what it knew (Rules::keeps_first_member_row).
  kKnownMembers,
};
inline constexpr size_t kTables = 10;

// The bucket that holds the table; empty for kKnownMembers.
std::string_view BucketOf(Table table);

struct TableRow {
  std::string value;
  // False where the log does not tell the whole value, which then is the row without that: up to
  // 3.4 each member makes its own hash of a user's password, and the TTL of a lease may have been
  // granted before the log begins.
  bool reproducible = true;

  friend bool operator==(const TableRow&, const TableRow&) = default;
};

class Tables {
 public:
  using Rows = std::map<std::string, TableRow, std::less<>>;

  const Rows& rows(Table table) const { return rows_[Position(table)]; }
  // Null if there is no such row. Good until the row changes.
  const TableRow* Find(Table table, std::string_view key) const;
  bool Has(Table table, std::string_view key) const { return Find(table, key) != nullptr; }

  void Put(Table table, std::string_view key, TableRow row);
  void Erase(Table table, std::string_view key);

  // Grows with every change of the table, going back included: for who derives something from it.
  uint64_t changes(Table table) const { return changes_[Position(table)]; }

  size_t mark() const { return journal_.size(); }
  void RollBack(size_t mark);
  // No mark so far will be gone back to.
  void Settle() { journal_.clear(); }

  // Calls `visit(table, key)` for each row that was written or erased since the mark, which must be
  // younger than the last Settle.
  template <typename Visit>
  void ForEachChange(size_t mark, Visit visit) const {
    for (size_t i = mark; i < journal_.size(); ++i) visit(journal_[i].table, journal_[i].key);
  }

 private:
  struct Change {
    Table table;
    std::string key;
    std::optional<TableRow> before;
  };

  static size_t Position(Table table) { return static_cast<size_t>(table); }
  void Set(Table table, std::string_view key, std::optional<TableRow> row);

  std::array<Rows, kTables> rows_;
  std::array<uint64_t, kTables> changes_ = {};
  std::vector<Change> journal_;
};

}  // namespace etcdf::apply
