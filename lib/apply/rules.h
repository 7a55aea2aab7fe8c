// What differs between the versions of etcd when an entry is applied. Two members of one cluster
// that run different versions may rightly differ in what is named here.
//
// Found by reading each release of etcd in turn; the functions meant are named with the rule.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "mvcc/status.h"

namespace etcdf::apply {

struct Version {
  uint32_t major = 0;
  uint32_t minor = 0;
  uint32_t patch = 0;

  friend auto operator<=>(const Version&, const Version&) = default;
};

// "3.5.16", "v3.5.16", "3.6.0-rc.1", "3.5" (the first of the line). Nothing for other text.
std::optional<Version> ParseVersion(std::string_view text);

struct Rules {
  // A compaction exactly at a tombstone's revision keeps the tombstone: since 3.4.34, 3.5.16
  // (mvcc/key_index.go, doCompact).
  bool keeps_tombstone_at_compaction = true;
  // Nobody waits for an answer on the members that did not propose a transaction. Up to 3.6 they
  // take its own ranges (not those of nested ones) out before it is checked, so a range at a
  // compacted or future revision refuses it on the proposer only (apply.go,
  // removeNeedlessRangeReqs).
  bool drops_unasked_ranges = true;
  // Compares that name another target than the value they carry: since 3.3 the value counts as 0 or
  // empty, before as equal (apply.go, applyCompare).
  bool compares_with_zero = true;
  // Since 3.2 a lease has a longest TTL (lease/lessor.go, MaxLeaseTTL).
  bool limits_lease_ttl = true;
  // What the member raises shorter TTLs to. Not in the log: it follows from the election timeout
  // and the heartbeat interval, and is 2 unless those were changed (lease.MinLeaseTTL).
  int64_t lease_ttl_min_seconds = 2;
  // A checkpoint changes the lease's row: a flag of the member's since 3.4.20 and 3.5.2, and
  // whatever the flag says once the cluster's version is 3.6 (lessor.go, shouldPersistCheckpoints).
  bool persists_checkpoints = false;
  // Each alarm's gate is derived from the stored alarms after every change: since 3.6. Before, an
  // alarm that was raised while the member ran replaced all other gates, the one of auth too, until
  // it was cleared or the member started again (apply.go, applierV3backend.Alarm).
  bool gates_follow_alarms = true;
  // A transaction's puts are checked like single ones, for their leases' keys and for reading the
  // previous value: since 3.4.44, 3.5.30, 3.6.11 (apply_auth.go, checkTxnReqsPermission).
  bool authorises_txn_puts_fully = true;
  // Nested transactions are checked at all: since 3.4.42, 3.5.28, 3.6.9 (the same).
  bool authorises_nested_txns = true;
  // Permissions for an empty key, or for a range that ends before it begins, are refused: since
  // 3.4.25, 3.5.8 (auth/store.go, isValidPermissionRange).
  bool validates_permissions = true;
  // A user's row holds options, even if none are set: since 3.4 (auth/store.go, UserAdd).
  bool stores_user_options = true;
  // The log holds passwords, and each member hashes them with a salt of its own: up to 3.4. Since
  // 3.5 that happens only to what an older proposer logged (auth/store.go, selectPassword).
  bool hashes_passwords = false;
  // A row of `members` is never replaced: 3.5.1 to 3.5.19 (membership/store.go,
  // unsafeSaveMemberToBackend).
  bool keeps_first_member_row = false;
  // Configuration changes leave a row `confState`: since 3.5 (server.go, applyConfChange).
  bool stores_conf_state = true;
  // A member that joins as AddNode but says it is a learner is not counted as one: since 3.6
  // (membership/cluster.go, ValidateConfigurationChange).
  bool counts_learners_by_change = true;
  // More learners are refused. A flag of the member's since 3.6, before always 1.
  uint32_t learners_max = 1;

  friend bool operator==(const Rules&, const Rules&) = default;
};

Rules RulesOf(const Version& version);

// By what a database says: the version of the cluster, which is the lowest of its members' at the
// time, without a patch release ("3.5.0"); without one, the newest rules.
Rules LikelyRules(const mvcc::Status& status);

// The rules a member may have applied its log by, the likeliest first, at least one: those of
// `version` alone if it is known. No file says which patch release a member ran, so otherwise those
// of the last and of the first release of its line, which both the cluster's version and that of
// the database's schema may name; without either, of all lines, the newest first.
std::vector<Rules> RulesToTry(const mvcc::Status& status, std::optional<Version> version = {});

}  // namespace etcdf::apply
