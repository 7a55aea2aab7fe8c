// Who is a member of the cluster: what each place in a data directory says, and where they differ.
//
// etcd keeps the membership several times over (etcd v3.6.9, server/etcdserver/api/membership):
//   buckets `members` and `members_removed` of the database: what 3.6 goes by;
//   `confState` in bucket `meta` (since 3.5): who votes in raft, as of the consistent index;
//   the v2 store and the conf state in the newest `.snap` file: what etcd up to 3.5 goes by;
//   the log: configuration changes, and requests that set a member's attributes.
// The last two are of another time than the database: the log's changes between the snapshot and
// the database's consistent index bring them up to it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "base/finding.h"
#include "mvcc/store.h"
#include "wal/log.h"
#include "wire/raft_records.h"

namespace etcdf::member {

inline constexpr FindingKind kMembersUnreadable{"members.unreadable", Severity::kDamage};
inline constexpr FindingKind kMembersZombie{"members.zombie", Severity::kSuspect};
inline constexpr FindingKind kMembersMissing{"members.missing", Severity::kSuspect};
inline constexpr FindingKind kMembersLearner{"members.learner_flag", Severity::kSuspect};
inline constexpr FindingKind kMembersAttributes{"members.attributes", Severity::kSuspect};

struct Attributes {
  std::string name = {};
  std::vector<std::string> peer_urls = {};
  std::vector<std::string> client_urls = {};
};

enum class Standing : uint8_t { kAbsent, kMember, kLearner, kRemoved };

struct Seen {
  Standing standing = Standing::kAbsent;
  Attributes attributes = {};
};

// By member id.
using Membership = std::map<uint64_t, Seen>;

// The buckets `members` and `members_removed`. A member in both, which etcd never leaves so, is
// reported and counts as removed. Reports kMembersUnreadable, kMembersZombie.
Membership ReadMemberBuckets(const backend::Database& database, const std::string& file,
                             FindingSink& findings);

// The bucket `members` alone: whom etcd takes for a member since 3.6, removed or not. Reports
// kMembersUnreadable.
Membership ReadMembersBucket(const backend::Database& database, const std::string& file,
                             FindingSink& findings);

// Whether `confState` in bucket `meta` and `downgrade` in bucket `cluster` hold JSON. Reports
// mvcc::kBadMeta.
void CheckJsonRows(const mvcc::Store& store);

// The JSON of `confState` in bucket `meta`; nothing if it cannot be read.
std::optional<wire::ConfState> ParseConfStateJson(Bytes json);

// Who votes and who learns, without attributes. Of a joint configuration, both halves.
Membership MembershipOf(const wire::ConfState& state);

// The v2 store of a .snap file; nothing if it is not the JSON of one.
std::optional<Membership> ParseV2Membership(Bytes json);

// Applies the changes that the log's entries in `range` make.
void ApplyLog(const wal::Log& log, const wal::IndexRange& range, Membership& membership);

// Where two sources that speak of the same time differ. Empty sources say nothing.
struct MembershipSources {
  Membership buckets = {};
  bool buckets_are_whole = true;              // false if damage may hide members that they have
  std::optional<Membership> conf_state = {};  // of the database
  bool conf_state_predates = false;           // a restore: it is not compared
  std::optional<Membership> snap_store = {};  // of the newest .snap file, brought up to date
  std::optional<Membership> snap_conf_state = {};  // likewise
  std::optional<Membership> log = {};              // the log by itself, where it has its beginning
};

// Of every member that any source names.
std::set<uint64_t> MemberIds(const MembershipSources& sources);

// Holds the database against the others. Reports kMembersZombie, kMembersMissing, kMembersLearner
// and kMembersAttributes, each member at most once a kind.
void CompareMemberships(const MembershipSources& sources, const std::string& file,
                        FindingSink& findings);

}  // namespace etcdf::member
