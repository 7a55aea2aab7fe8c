// `--best-member`: from which member's files to restore the cluster, and what that would lose.
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
#include <string>
#include <vector>

#include "cluster/comparison.h"
#include "hashcheck/audit.h"
#include "hashcheck/evidence.h"
#include "restore/backup.h"
#include "restore/forecast.h"
#include "restore/origin.h"

namespace etcdf::hashcheck {

using cluster::Comparison;

// Committed entries that a member has neither in its log nor in its database.
struct LostEntries {
  static constexpr size_t kMaxKeys = 8;

  uint64_t index_first = 0;
  uint64_t index_last = 0;
  std::vector<std::string> keys = {};  // that they write, the first few, each once
  bool more_keys = false;
};

// How far a member's files can be relied on; the worse, the greater.
enum class Standing : uint8_t {
  kUnopposed,  // nothing speaks against it
  kSuspect,    // something should not be so, and may be harmless; often it is so of all members
  kRefuted,    // damage, another cluster, or a database that its log or a majority contradicts
};

struct Candidate {
  const Member* member = nullptr;
  // For the version that the cluster ran, and for the one after it. Empty if it is no data
  // directory.
  std::vector<restore::Forecast> forecasts = {};
  uint64_t last_term = 0;
  uint64_t last_index = 0;
  uint64_t applied = 0;  // by its database
  int64_t revision = 0;  // of its database
  // Once the rest of its log that is committed is applied; nothing if that was not tried.
  std::optional<int64_t> revision_rolled = {};
  std::optional<LostEntries> lost = {};
  // Of a member that was restored: all of these are of the time since.
  bool is_restored = false;
  std::optional<restore::FromBackup> from_backup = {};
  // Its log is as up to date as those of a majority of the voters.
  bool has_all_acknowledged = false;
  Standing standing = Standing::kUnopposed;
  std::vector<std::string> objections = {};  // why it stands no better

  const restore::Forecast* forecast() const {
    return forecasts.empty() ? nullptr : &forecasts.front();
  }
};

struct BestMember {
  std::vector<Candidate> candidates;  // of all members, in their order
  // The best ones, equal in all that counts, of whom none is known to differ from another;
  // candidates by number. Empty: none can be recommended.
  std::vector<size_t> best = {};
  // Of the best ones: it is known that all rows are the same, with what their logs add applied.
  bool same_state = false;
  std::vector<std::string> reasons = {};
};

// `origins` of all members; `audits` likewise, or none if they were not audited.
BestMember FindBestMember(const std::vector<std::unique_ptr<Member>>& members,
                          const Comparison& comparison, const std::vector<MemberAudit>& audits,
                          const std::vector<restore::Origin>& origins, const Options& options);

// Damage where etcd does not start from a member; a failure where there is none that it could.
app::ExitCode ExitCodeOf(const BestMember& best);

}  // namespace etcdf::hashcheck
