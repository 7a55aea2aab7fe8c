#include "hashcheck/best_member.h"

#include <algorithm>
#include <compare>
#include <tuple>

#include "base/escape.h"
#include "cluster/across_restore.h"
#include "cluster/commit.h"
#include "hashcheck/views/audit_words.h"
#include "hashcheck/views/forecast_words.h"
#include "hashcheck/views/words.h"
#include "raft/key_range.h"
#include "raft/payload.h"
#include "replay/replay.h"
#include "replay/roll_forward.h"
#include "restore/put_back.h"

namespace etcdf::hashcheck {
namespace {

using cluster::ClusterCommit;
using cluster::FindClusterCommit;

using apply::Version;
using restore::Weight;

// To roll a database forward it is held in memory whole.
constexpr uint64_t kRolledBytesMax = 256 << 20;

constexpr Version kOldestLine{.major = 3, .minor = 4};
constexpr uint32_t kNewestMinor = 7;

// The newest patch release of a line.
Version LineOf(uint32_t minor) { return {.major = 3, .minor = minor, .patch = UINT32_MAX}; }

// What the cluster ran, and what it may be upgraded to.
std::vector<Version> VersionsFor(const mvcc::Status& status, const Options& options) {
  if (options.etcd_version) return {*options.etcd_version};
  Version cluster = kOldestLine;
  if (status.cluster_version) {
    cluster =
        std::max(apply::ParseVersion(AsText(*status.cluster_version)).value_or(cluster), cluster);
  }
  std::vector<Version> versions{LineOf(cluster.minor)};
  if (cluster.minor < kNewestMinor) versions.push_back(LineOf(cluster.minor + 1));
  return versions;
}

// The keys that an entry writes.
void AddKeys(const wire::Entry& entry, raft::Payload& payload, LostEntries& lost) {
  payload.Decode(entry.data);
  raft::VisitKeys(payload.message(), [&](const raft::KeyUse& use) {
    if (use.message_name != "PutRequest" && use.message_name != "DeleteRangeRequest") return true;
    std::string key(AsText(use.range.key));
    if (std::ranges::find(lost.keys, key) != lost.keys.end()) return true;
    lost.more_keys = lost.keys.size() == LostEntries::kMaxKeys;
    if (!lost.more_keys) lost.keys.push_back(std::move(key));
    return !lost.more_keys;
  });
}

class Chooser {
 public:
  Chooser(const std::vector<std::unique_ptr<Member>>& members, const Comparison& comparison,
          const std::vector<MemberAudit>& audits, const std::vector<restore::Origin>& origins,
          const Options& options)
      : members_(members),
        comparison_(comparison),
        audits_(audits),
        origins_(origins),
        options_(options) {
    std::vector<Member*> readable;
    for (const auto& member : members) {
      if (member->has_database()) readable.push_back(member.get());
    }
    for (const auto& member : members) {
      commits_.push_back(FindClusterCommit(cluster::OfOneLog(*member, readable)));
    }
  }

  BestMember Run() {
    for (size_t i = 0; i < members_.size(); ++i) Assess(i);
    OpposeByEachOther();
    for (Candidate& candidate : result_.candidates) CountVoters(candidate);
    Choose();
    return std::move(result_);
  }

 private:
  void Assess(size_t ordinal) {
    Member& member = *members_[ordinal];
    Candidate& candidate = result_.candidates.emplace_back();
    candidate.member = &member;
    if (member.log) ReadEnd(candidate);
    mvcc::Status status;
    if (member.database.database != nullptr) {
      status = mvcc::ReadStatus(member.StoreOnDisk());
      candidate.applied = status.consistent_index.value_or(0);
      candidate.revision = status.CurrentRevision();
    }
    if (member.files && member.files->is_data_dir()) {
      restore::ReadAsEtcdDoes(member.database, member.findings);
      Foretell(candidate, member.files->files(), status);
    }
    if (CommitOf(candidate).witness != nullptr) candidate.lost = FindLost(candidate);
    candidate.is_restored = origins_[ordinal].is_restore();
    candidate.from_backup = restore::FindBackup(member, origins_[ordinal], members_, comparison_);
    if (member.has_database())
      candidate.revision_rolled = RevisionRolled(candidate, member, status);
    Oppose(candidate, ordinal);
  }

  static void ReadEnd(Candidate& candidate) {
    candidate.last_index = candidate.member->log->summary().entries.index_last;
    if (candidate.last_index == 0) return;
    replay::ForEachEntry(*candidate.member->log, {.after = candidate.last_index - 1},
                         [&](const auto& entry) {
                           candidate.last_term = entry.term;
                           return true;
                         });
  }

  void Foretell(Candidate& candidate, const io::DataDir& dir, const mvcc::Status& status) const {
    const Member& member = *candidate.member;
    std::optional<restore::DatabaseState> state;
    if (member.database.database != nullptr) {
      state = restore::ReadDatabaseState(*member.database.database, member.database.path);
    }
    const restore::Evidence evidence{.dir = dir,
                                     .log = member.log ? &*member.log : nullptr,
                                     .database = state ? &*state : nullptr,
                                     .met = member.findings.findings(),
                                     .others = OthersThan(member),
                                     .acknowledged = AcknowledgedBy(candidate)};
    for (const Version& version : VersionsFor(status, options_)) {
      candidate.forecasts.push_back(restore::ForecastStart(evidence, version));
    }
  }

  // Nodes of the same cluster whose data directories were given.
  std::set<uint64_t> OthersThan(const Member& member) const {
    std::set<uint64_t> others;
    for (const auto& other : members_) {
      if (other.get() != &member && other->log && other->identity() && !IsForeign(*other, member)) {
        others.insert(other->identity()->node_id);
      }
    }
    return others;
  }

  // What the members have committed whose log the candidate shares.
  const ClusterCommit& CommitOf(const Candidate& candidate) const {
    return commits_[static_cast<size_t>(&candidate - result_.candidates.data())];
  }

  // Up to where the logs of the others show that the member had the log; 0 where its own has that.
  uint64_t AcknowledgedBy(const Candidate& candidate) const {
    const auto found = restore::FindPutBack(*candidate.member, members_, CommitOf(candidate));
    return found ? found->index_last : 0;
  }

  // Up to where the member has what is committed.
  uint64_t HasUntil(const Candidate& candidate) const {
    const Member& witness = *CommitOf(candidate).witness;
    if (!candidate.member->log || !witness.log) return candidate.applied;
    return std::max(candidate.applied, compare::AgreeUntil(*candidate.member->log, *witness.log));
  }

  std::optional<LostEntries> FindLost(const Candidate& candidate) const {
    const uint64_t until = HasUntil(candidate);
    const ClusterCommit& commit = CommitOf(candidate);
    if (until >= commit.index) return std::nullopt;
    LostEntries lost{.index_first = until + 1, .index_last = commit.index};
    if (!commit.witness->log) return lost;
    raft::Payload payload;
    replay::ForEachEntry(*commit.witness->log, {.after = until, .until = commit.index},
                         [&](const wire::Entry& entry) {
                           if (entry.type == wire::EntryType::kNormal)
                             AddKeys(entry, payload, lost);
                           return !lost.more_keys;
                         });
    return lost;
  }

  std::optional<int64_t> RevisionRolled(const Candidate& candidate, Member& member,
                                        const mvcc::Status& status) const {
    const uint64_t until = std::min(HasUntil(candidate), CommitOf(candidate).index);
    if (until <= candidate.applied) return candidate.revision;
    if (!member.log || member.database.database->size_bytes() > kRolledBytesMax)
      return std::nullopt;
    const auto rolled =
        replay::RollForward(member.StoreOnDisk(), *member.log, until, apply::LikelyRules(status));
    if (!rolled) return std::nullopt;
    return rolled->store->keys().current_revision();
  }

  static bool IsForeign(const Member& member, const Member& to) {
    const auto first = to.identity();
    const auto identity = member.identity();
    return first && identity && first->cluster_id != identity->cluster_id;
  }

  static void Object(Candidate& candidate, Standing standing, std::string objection) {
    candidate.standing = std::max(candidate.standing, standing);
    candidate.objections.push_back(std::move(objection));
  }

  // All that speaks against the member.
  void Oppose(Candidate& candidate, size_t ordinal) const {
    const Member& member = *candidate.member;
    if (!candidate.forecasts.empty() && !member.has_database()) {
      Object(candidate, Standing::kRefuted, "it has no database that can be read");
    }
    if (IsForeign(member, FirstWithLog())) {
      Object(candidate, Standing::kRefuted, "it belongs to another cluster than the first");
    } else if (member.log && cluster::IsAcrossRestore(member, FirstWithLog())) {
      Object(candidate, Standing::kRefuted,
             "a restore lies between it and " + FirstWithLog().name + ", whose log is another");
    }
    if (!audits_.empty()) OpposeByLog(candidate, audits_[ordinal].report);
    if (comparison_.StandsAlone(member)) {
      Object(candidate, Standing::kRefuted, "it stands alone against the others");
    }
    if (const Finding* const worst = WorstFinding(member)) {
      const bool is_damage = worst->kind.severity == Severity::kDamage;
      Object(candidate, is_damage ? Standing::kRefuted : Standing::kSuspect,
             (is_damage ? "its files are damaged (" : "its files are suspect (") +
                 std::string(worst->kind.id) + ")");
    }
  }

  const Member& FirstWithLog() const {
    const auto first =
        std::ranges::find_if(members_, [](const auto& member) { return member->log.has_value(); });
    return first == members_.end() ? *members_.front() : **first;
  }

  static void OpposeByLog(Candidate& candidate, const audit::AuditReport& report) {
    constexpr std::string_view kNotAsLogged = "its database is not what its log says: ";
    if (report.verdict == audit::AuditVerdict::kAnomalous) {
      const audit::Anomaly& first = report.anomalies.front();
      Object(candidate, Standing::kRefuted,
             std::string(kNotAsLogged) + Counted(report.anomalies.size(), "anomaly", "anomalies") +
                 ", the first at entry " + std::to_string(first.index_first) + " (" +
                 audit::AnomalyKindName(first.kind) + ")");
    } else if (report.verdict == audit::AuditVerdict::kUnexplained) {
      Object(candidate, Standing::kRefuted, std::string(kNotAsLogged) + ReasonText(report));
    }
  }

  // The first of the gravest, above a note; null if there is none.
  static const Finding* WorstFinding(const Member& member) {
    const auto& findings = member.findings.findings();
    const auto worst = std::ranges::max_element(
        findings, {}, [](const Finding& finding) { return finding.kind.severity; });
    const bool counts = worst != findings.end() && worst->kind.severity > Severity::kNote;
    return counts ? &*worst : nullptr;
  }

  // Raft's order of logs.
  static std::pair<uint64_t, uint64_t> UpToDate(const Candidate& candidate) {
    return {candidate.last_term, candidate.last_index};
  }

  void CountVoters(Candidate& candidate) const {
    if (!candidate.member->log || candidate.lost || MayBeBehindDatabase(candidate)) return;
    const ClusterCommit& commit = CommitOf(candidate);
    const auto not_ahead = std::ranges::count_if(result_.candidates, [&](const Candidate& other) {
      const auto identity = other.member->identity();
      return identity && commit.voters.contains(identity->node_id) &&
             !cluster::IsAcrossRestore(*other.member, *candidate.member) &&
             UpToDate(other) <= UpToDate(candidate);
    });
    candidate.has_all_acknowledged = static_cast<size_t>(not_ahead) > commit.voters.size() / 2;
  }

  // A database without a log and with more revisions than a restored member may be of the time
  // since the restore, or of the cluster before it.
  bool MayBeBehindDatabase(const Candidate& candidate) const {
    const int64_t own = candidate.revision_rolled.value_or(candidate.revision);
    return candidate.is_restored && std::ranges::any_of(members_, [&](const auto& other) {
             return !other->log && other->has_database() && other->status.CurrentRevision() > own &&
                    !IsForeign(*other, *candidate.member);
           });
  }

  // The smaller, the better.
  static auto Rank(const Candidate& candidate) {
    const restore::Forecast* const forecast = candidate.forecast();
    const bool is_usable = forecast != nullptr && !forecast->loses_all();
    const Weight worst = is_usable ? forecast->worst() : Weight::kStops;
    const uint64_t lost =
        candidate.lost ? candidate.lost->index_last - candidate.lost->index_first + 1 : 0;
    return std::tuple(worst, candidate.standing, lost, ~candidate.last_term, ~candidate.last_index);
  }

  void Choose() {
    const auto& candidates = result_.candidates;
    const auto best = std::ranges::min_element(candidates, {}, Rank);
    if (std::get<0>(Rank(*best)) == Weight::kStops) {
      const bool is_foretold = best->forecast() != nullptr;
      result_.reasons.emplace_back(!is_foretold ? "there is no data directory to start from"
                                   : candidates.size() == 1 ? "etcd does not serve from it as it is"
                                                            : "etcd serves from none as it is");
      return;
    }
    for (size_t i = 0; i < candidates.size(); ++i) {
      if (Rank(candidates[i]) == Rank(*best)) result_.best.push_back(i);
    }
    KeepOneState();
    Explain(candidates[result_.best.front()]);
  }

  cluster::Relation RelationOf(size_t a, size_t b) const {
    return a == b ? cluster::Relation::kSame : comparison_.StatesOf(*members_[a], *members_[b]);
  }

  // Equal rank says nothing of the rows. Of the equals that state is kept which most members are
  // in, and in it the member comes first that has the least to apply again.
  void KeepOneState() {
    const auto alike = [this](size_t i) {
      size_t count = 0;
      for (size_t j = 0; j < members_.size(); ++j) {
        count += RelationOf(i, j) == cluster::Relation::kSame ? 1 : 0;
      }
      return count;
    };
    std::vector<size_t> equals = std::move(result_.best);
    std::ranges::stable_sort(equals, std::ranges::greater(), [&](size_t i) {
      return std::pair(alike(i), result_.candidates[i].applied);
    });
    result_.best.clear();
    result_.same_state = true;
    for (const size_t i : equals) {
      const auto worst = [&](cluster::Relation relation) {
        return std::ranges::any_of(result_.best,
                                   [&](size_t j) { return RelationOf(i, j) == relation; });
      };
      if (worst(cluster::Relation::kDifferent) || IsCopyOrForeign(i)) continue;
      if (worst(cluster::Relation::kUnknown)) result_.same_state = false;
      result_.best.push_back(i);
    }
  }

  // Of one that is recommended, or of another cluster.
  bool IsCopyOrForeign(size_t ordinal) const {
    const auto identity = members_[ordinal]->identity();
    return identity && std::ranges::any_of(result_.best, [&](size_t other) {
             const auto of_other = members_[other]->identity();
             return of_other && (of_other->cluster_id != identity->cluster_id ||
                                 of_other->node_id == identity->node_id);
           });
  }

  // Where no majority and no log tells who is right, either may be wrong.
  void OpposeByEachOther() {
    std::vector<size_t> unrefuted;
    for (size_t i = 0; i < members_.size(); ++i) {
      if (result_.candidates[i].standing != Standing::kRefuted) unrefuted.push_back(i);
    }
    for (const size_t i : unrefuted) {
      const auto other = std::ranges::find_if(
          unrefuted, [&](size_t j) { return RelationOf(i, j) == cluster::Relation::kDifferent; });
      if (other == unrefuted.end()) continue;
      Object(result_.candidates[i], Standing::kSuspect,
             "it differs from " + members_[*other]->name +
                 ", and nothing tells which of the two is right");
    }
  }

  void Explain(const Candidate& best) {
    std::vector<std::string>& reasons = result_.reasons;
    reasons.push_back("etcd " + VersionText(best.forecast()->version) + " starts from it");
    if (best.forecast()->worst() > Weight::kNote) {
      reasons.back() += ", but " + Reservation(*best.forecast());
    }
    reasons.push_back(
        "its log ends with entry " + std::to_string(best.last_index) + " of term " +
        std::to_string(best.last_term) +
        (members_.size() > 1 ? ", and none that can be used is more up to date" : ""));
    reasons.push_back(LossText(best, CommitOf(best)));
    if (!best.objections.empty()) {
      reasons.push_back("no better one is here, though " + best.objections.front());
    } else if (!audits_.empty() && Audit(best).verdict == audit::AuditVerdict::kExplained) {
      reasons.emplace_back("every stored revision is explained by its log");
    }
  }

  const audit::AuditReport& Audit(const Candidate& candidate) const {
    return audits_[static_cast<size_t>(&candidate - result_.candidates.data())].report;
  }

  static std::string Reservation(const restore::Forecast& forecast) {
    return MatterText(*forecast.gravest());
  }

  static std::string LossText(const Candidate& candidate, const ClusterCommit& commit) {
    if (candidate.lost) {
      return "entries " + std::to_string(candidate.lost->index_first) + " to " +
             std::to_string(candidate.lost->index_last) + ", which were committed, are lost";
    }
    if (candidate.has_all_acknowledged) {
      return candidate.is_restored ? "nothing acknowledged since the restore is lost"
                                   : "nothing acknowledged is lost";
    }
    return "nothing that is known to be committed, up to entry " + std::to_string(commit.index) +
           ", is lost; whether more was acknowledged, only the logs of a majority tell";
  }

  const std::vector<std::unique_ptr<Member>>& members_;
  const Comparison& comparison_;
  const std::vector<MemberAudit>& audits_;
  const std::vector<restore::Origin>& origins_;
  const Options& options_;
  std::vector<ClusterCommit> commits_;  // by member
  BestMember result_;
};

}  // namespace

BestMember FindBestMember(const std::vector<std::unique_ptr<Member>>& members,
                          const Comparison& comparison, const std::vector<MemberAudit>& audits,
                          const std::vector<restore::Origin>& origins, const Options& options) {
  return Chooser(members, comparison, audits, origins, options).Run();
}

app::ExitCode ExitCodeOf(const BestMember& best) {
  const auto is_stopped = [](const Candidate& candidate) {
    const restore::Forecast* const forecast = candidate.forecast();
    return forecast != nullptr && (forecast->stops() || forecast->loses_all() ||
                                   forecast->worst() == Weight::kStopsWithOthers);
  };
  if (std::ranges::any_of(best.candidates, is_stopped)) return app::ExitCode::kDamage;
  return best.best.empty() ? app::ExitCode::kFailed : app::ExitCode::kSound;
}

}  // namespace etcdf::hashcheck
