// From which member's files to restore the cluster, and what that would lose.
//
// A member is worth more than another, in this order, if etcd starts from it; if its database is
// what its log says, no majority contradicts it and its files are sound, where what is merely
// suspect counts for less than what is wrong; if its log lacks fewer committed entries; if its log
// is more up to date as raft compares logs: by the term of the last entry, then by its index
// (Ongaro and Ousterhout, section 5.4.1). What is acknowledged stands in the logs of a majority, so
// a log that is as up to date as those of a majority has all of it. Across a restore, indexes are
// not compared.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "apply/rules.h"
#include "audit/report_types.h"
#include "cluster/comparison.h"
#include "cluster/member.h"
#include "restore/backup.h"
#include "restore/forecast.h"
#include "restore/lost.h"
#include "restore/origin.h"
#include "restore/put_back.h"
#include "wire/raft_records.h"

namespace etcdf::restore {

// How far a member's files can be relied on; the worse, the greater.
enum class Standing : uint8_t {
  kUnopposed,  // nothing speaks against it
  kSuspect,    // something should not be so, and may be harmless; often it is so of all members
  kRefuted,    // damage, another cluster, or a database that its log or a majority contradicts
};

// Why a member stands no better.
struct Objection {
  enum class Kind : uint8_t {
    kNoDatabase,     // that can be read
    kOtherCluster,   // than the first that has a log
    kAcrossRestore,  // from `other`, the first that has a log
    kAnomalous,      // by its log; `report` says what
    kUnexplained,    // likewise
    kStandsAlone,    // against the others
    kDamaged,        // `finding`
    kSuspect,        // likewise
    kDiffers,        // from `other`, and nothing tells which of the two is right
  };

  Kind kind = Kind::kNoDatabase;
  std::string_view finding = {};  // an id
  const audit::AuditReport* report = nullptr;
  const cluster::Member* other = nullptr;

  Standing standing() const {
    const bool is_slight = kind == Kind::kSuspect || kind == Kind::kDiffers;
    return is_slight ? Standing::kSuspect : Standing::kRefuted;
  }
};

struct Candidate {
  const cluster::Member* member = nullptr;
  std::optional<wire::Metadata> identity = {};
  // For the version that the cluster ran, and for the one after it; for all that it may have run
  // where that is not known. Empty if it is no data directory.
  std::vector<Forecast> forecasts = {};
  size_t own = 0;  // of these: the version that it ran; if not known, the first that starts
  uint64_t last_term = 0;
  uint64_t last_index = 0;
  uint64_t applied = 0;  // by its database
  int64_t revision = 0;  // of its database
  // Once the rest of its log that is committed is applied; nothing if that was not tried.
  std::optional<int64_t> revision_rolled = {};
  // Up to where its cluster is known to have committed; 0: not known.
  uint64_t commit = 0;
  std::set<uint64_t> voters = {};  // of its cluster; empty: not known
  std::optional<LostEntries> lost = {};
  std::optional<PutBack> put_back = {};
  // Of a member that was restored, all of these are of the time since.
  bool is_restored = false;
  std::optional<FromBackup> from_backup = {};
  // Its log is as up to date as those of a majority of the voters.
  bool has_all_acknowledged = false;
  // It was audited, and its log explains every stored revision.
  bool is_explained = false;
  std::vector<Objection> objections = {};
  // Of the first of the best ones: its log is of the same cluster; its rows are known to be others.
  bool shares_log = false;
  bool differs = false;

  const Forecast* forecast() const { return forecasts.empty() ? nullptr : &forecasts[own]; }
  Standing standing() const;  // the worst of its objections'
  // etcd begins with its files, and serves what they hold.
  bool is_usable() const;
};

struct BestMember {
  std::vector<Candidate> candidates = {};  // of all members, in their order
  // The best ones, equal in all that counts, of whom none is known to differ from another;
  // candidates by number. Empty: none can be recommended.
  std::vector<size_t> best = {};
  // Of the best ones: it is known that all rows are the same, with what their logs add applied.
  bool same_state = false;
};

struct BestMemberInput {
  const Members& members;
  const cluster::Comparison& comparison;
  const std::vector<Origin>& origins;                    // of all members
  const std::vector<const audit::AuditReport*>& audits;  // likewise, or none
  std::optional<apply::Version> version = {};            // of etcd, if the user names it
};

BestMember FindBestMember(const BestMemberInput& input);

}  // namespace etcdf::restore
