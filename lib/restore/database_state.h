// What etcd takes from a database when it starts, beside the keys.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "apply/rules.h"
#include "backend/backend.h"
#include "base/finding.h"
#include "member/membership.h"
#include "member/open_database.h"

namespace etcdf::restore {

struct Downgrade {
  bool enabled = false;
  apply::Version target = {};
};

struct Alarm {
  uint64_t member = 0;
  uint32_t type = 0;  // etcdserverpb.AlarmType

  friend auto operator<=>(const Alarm&, const Alarm&) = default;
};
inline constexpr uint32_t kNoSpace = 1;
inline constexpr uint32_t kCorrupt = 2;

// A row that etcd reads at its start and cannot.
enum class BadRow : uint8_t {
  kConsistentIndex,
  kCompaction,
  kAuthRevision,
  kClusterVersion,
  kDowngrade,
  kConfState,
  kUser,
  kRole,  // that a user has
};

struct DatabaseState {
  bool is_open = false;  // it is there, and can be read
  // Buckets `key` and `meta` are there.
  bool has_buckets = false;
  uint64_t applied = 0;  // consistent index
  std::optional<uint64_t> term = {};
  int64_t revision = 0;             // of the last row of `key`
  member::Membership members = {};  // bucket `members`
  std::set<uint64_t> removed = {};  // bucket `members_removed`
  std::optional<apply::Version> cluster_version = {};
  std::optional<apply::Version> storage_version = {};
  Downgrade downgrade = {};
  std::set<Alarm> alarms = {};
  std::vector<BadRow> bad_rows = {};
};

DatabaseState ReadDatabaseState(const backend::Database& database, const std::string& file);

// Reads the rows that etcd reads at its start and no comparison does, and reports what is wrong
// with them: leases, users and roles, alarms, members; and pages that are not reached as they
// should be.
void ReadAsEtcdDoes(const member::OpenedDatabase& opened, FindingSink& findings);

// Another database than the one that the user named: a `.snap.db`, which etcd puts in its place.
struct OtherDatabase {
  DatabaseState state = {};
  FindingList met = {};  // by reading all of it
};
OtherDatabase ReadOtherDatabase(const std::string& path);

}  // namespace etcdf::restore
