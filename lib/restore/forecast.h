// What will etcd of a given version do with this data directory?
//
// The steps are those of etcd's own start, in its order: open the database, find a snapshot that
// the log knows of, put the snapshot's database in place if the present one is older, read the log
// from the snapshot on, recover the members, begin with raft, apply the log's entries again (etcd
// v3.6.9, server/etcdserver/bootstrap.go; up to 3.5 server/etcdserver/server.go, NewServer; up to
// 3.4 the same without `server/`). Then what follows: who elects a leader, and what is refused.
//
// What lies outside of the directories is not looked at: flags, certificates, ports. Flags are
// taken to be those with which the member ran.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apply/rules.h"
#include "base/finding.h"
#include "io/data_dir.h"
#include "restore/database_state.h"
#include "restore/log_reading.h"
#include "wal/log.h"

namespace etcdf::restore {

enum class Weight : uint8_t {
  kNote,             // worth knowing; etcd copes
  kWaits,            // it starts, and does nothing before other members do
  kHarms,            // it starts, and drops, skips or refuses what it should not
  kStopsWithOthers,  // it starts alone, and ends or is refused once it meets the others
  kStops,            // it does not start, or not as this member
};

enum class Starts : uint8_t { kYes, kYesBut, kAloneOnly, kNo };

// What decides, or is worth knowing; in the order in which etcd meets it. `Remark` tells which of
// its fields mean what.
enum class Matter : uint8_t {
  kProxyBesideMember,  // folders `member` and `proxy`
  kNoLog,              // `index`: what the database counts as applied
  kNothingServes,      // neither log nor database: a new, empty member begins
  kDatabaseDamaged,    // `name`: the finding, `detail`: what was found
  kDatabaseUnreadable,
  kMetaPageDamaged,
  kBucketMissing,      // `key` or `meta`
  kLogUnopenable,      // `detail`
  kLogUnreadable,      // `fault`
  kSnapUnreadable,     // `name`
  kV2StoreUnreadable,  // `name`: the .snap file
  kV2Content,          // `name`
  kOlderThanSnapshot,  // `index`: the snapshot, `index_last`: the database, `name`: its own file
  kSnapDbReplaces,     // `name`, `index`
  kSnapDbUnreadable,   // `name`, `detail`
  kSnapDbOlder,        // `name`, `index`: the snapshot, `index_last`: that file
  kSchemaTooNew,       // `version`
  kNoSegment,          // `index`: the snapshot's
  kLogRepaired,        // `fault`, `index_last`
  kNoNodeId,
  kVersionTooNew,     // `version`: the cluster's; `index`: the entry that sets it, 0: stored
  kDowngradeToOther,  // `version`: the target's; `index` likewise
  kDatabaseMissing,   // `name`: the .snap.db that would be deleted; may be empty
  kDatabaseRebuilt,
  kTooManyLearners,  // `count`
  kNoSnapshotRecord,
  kOnlyLearners,
  kCommitOutOfRange,   // `index`: the commit; `index_first`, `index_last`: what the log has
  kBadRow,             // `row`
  kV2Entry,            // `index`, `count`
  kUnknownEntry,       // `index`
  kBadConfChange,      // `index`
  kMemberUnknown,      // `node`; `index`: the entry, 0: when it makes itself known
  kRemovesItself,      // `index`
  kRemovedByDatabase,  // `node`
  kNoVoters,
  kNotAVoter,         // `node`
  kLearner,           // `node`
  kNoQuorum,          // `count`: voters; `present`: those at hand
  kStrangeVoters,     // `count`, `node`: the first; voters by the bucket that the log does not know
  kStrangeMembers,    // the same, dialled and listed only
  kAppliedBeyondLog,  // `index`: applied, `index_last`: the log, `count`
  kEntriesCutOff,     // `index`, `index_last`
  kOtherHistory,      // `index`, `index_last`: entries applied onto what a restore made
  kOtherMembers,      // `node`: not among the database's members
  kAlarmNoSpace,      // `node`: of whom; 0: of none
  kAlarmCorrupt,      // likewise
  kLostAcknowledged,  // `index`: what others saw of it, `index_last`: the log
};

// What to do before it is started.
enum class Remedy : uint8_t {
  kNone,
  kMoveProxyAway,
  kRestoreFromDatabase,     // `etcdutl snapshot restore` of its database
  kMakeEmptyDatabase,       // an empty snap/db beside the .snap.db
  kNewerVersion,            // start `version`
  kSkipV2Check,             // --v2-deprecation=write-only-skip-check
  kSnapshotByOlderVersion,  // start `version` with a small --snapshot-count, so that it snapshots
  kRaiseLearnerLimit,       // --max-learners
  kMoveDatabaseAway,        // etcd builds it anew from its log
  kDisarmAlarm,
  kStartOthers,  // or --force-new-cluster
  kJoinAnew,     // remove the member, add it again, with an empty directory
  kChangeLeader,
  kCopyFirst,        // what etcd does here cannot be undone
  kFinishDowngrade,  // start the target's version, or cancel the downgrade
};

struct Remark {
  Matter matter = Matter::kNoLog;
  Weight weight = Weight::kNote;
  Remedy remedy = Remedy::kNone;
  uint64_t index = 0;
  uint64_t index_first = 0;
  uint64_t index_last = 0;
  uint64_t count = 0;
  uint64_t present = 0;
  uint64_t node = 0;
  apply::Version version = {};
  apply::Version remedy_version = {};
  BadRow row = BadRow::kConsistentIndex;
  LogFault fault = {};
  std::string name = {};    // of a file or a finding
  std::string detail = {};  // what a finding or an error says
};

struct Evidence {
  const io::DataDir& dir;
  // Null where there is none, or it cannot be opened.
  const wal::Log* log = nullptr;  // scanned
  // Null where it cannot be read.
  const DatabaseState* database = nullptr;
  // What reading all of the database met.
  std::span<const Finding> met = {};
  // Nodes whose directories are at hand, itself not counted.
  std::set<uint64_t> others = {};
  // Up to where a leader has seen this member acknowledge, by what the others have of it; 0: not
  // known.
  uint64_t acknowledged = 0;
};

struct Forecast {
  apply::Version version = {};
  std::vector<Remark> remarks = {};  // in the order of the steps; none follows one that stops
  uint64_t snapshot_index = 0;       // where the log is read from
  uint64_t index_last = 0;           // of the log that etcd starts with

  Weight worst() const;
  // The first of the gravest; null if there is none.
  const Remark* gravest() const;
  Starts starts() const;
  bool stops() const { return worst() == Weight::kStops; }
  // It begins, or goes on with, a store without the keys that were there.
  bool loses_all() const;
};

Forecast ForecastStart(const Evidence& evidence, const apply::Version& version);

// Whether a release is at least that patch of its line, or of a later line.
constexpr bool HasPatch(const apply::Version& version, uint32_t minor, uint32_t patch) {
  return version.minor > minor || (version.minor == minor && version.patch >= patch);
}

}  // namespace etcdf::restore
