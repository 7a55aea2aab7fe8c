// What etcd meets when it applies the log's entries after its snapshot again, which it does at
// every start, and who votes when it is done.
//
// Entries up to the database's consistent index do not change the database a second time, but they
// are decoded, and they change what is kept in memory (etcd v3.6.9, server/etcdserver/server.go,
// apply; apply/uber_apply.go, dispatch; api/membership/cluster.go).
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "apply/rules.h"
#include "member/membership.h"
#include "restore/database_state.h"
#include "restore/forecast.h"
#include "restore/log_reading.h"
#include "wire/raft_records.h"

namespace etcdf::restore {

// The state that etcd begins with.
struct StartState {
  apply::Version version = {};  // etcd's
  uint64_t node = 0;
  uint64_t applied = 0;  // by the database
  std::set<uint64_t> voters = {};
  std::set<uint64_t> learners = {};
  member::Membership v2_members = {};  // by the v2 store; up to 3.6
  member::Membership db_members = {};  // by the bucket
  std::set<uint64_t> removed = {};     // by the bucket
  Downgrade downgrade = {};
  std::set<Alarm> alarms = {};

  bool goes_by_bucket() const { return version.minor >= 6; }
  bool VotesAlone() const { return voters.size() == 1 && voters.contains(node); }
  // By what this version goes by.
  bool Knows(uint64_t id) const;
  bool KnowsAsRemoved(uint64_t id) const;
};

// Applies the entries of `tail` in the order of the log. The first that stops etcd, if one does.
std::optional<Remark> Replay(const LogTail& tail, StartState& state);

// Whether a cluster's version, or a downgrade, keeps this etcd out. `index`: of the entry that says
// so, 0 where it is stored.
std::optional<Remark> CheckClusterVersion(const apply::Version& cluster, const StartState& state,
                                          uint64_t index);

}  // namespace etcdf::restore
