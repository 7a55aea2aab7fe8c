#include "restore/best_member.h"

#include <algorithm>
#include <compare>
#include <memory>
#include <tuple>
#include <utility>

#include "cluster/across_restore.h"
#include "cluster/commit.h"
#include "compare/committed.h"
#include "replay/replay.h"
#include "replay/roll_forward.h"
#include "restore/cluster_line.h"

namespace etcdf::restore {
namespace {

using apply::Version;
using cluster::ClusterCommit;
using cluster::Member;

// To roll a database forward it is held in memory whole.
constexpr uint64_t kRolledBytesMax = 256 << 20;

class Chooser {
 public:
  explicit Chooser(const BestMemberInput& input) : input_(input) {
    std::vector<Member*> readable;
    for (const auto& member : members()) {
      if (member->has_database()) readable.push_back(member.get());
    }
    for (const auto& member : members()) {
      commits_.push_back(FindClusterCommit(cluster::OfOneLog(*member, readable)));
    }
  }

  BestMember Run() {
    for (size_t i = 0; i < members().size(); ++i) Assess(i);
    OpposeByEachOther();
    for (Candidate& candidate : result_.candidates) CountVoters(candidate);
    Choose();
    return std::move(result_);
  }

 private:
  const Members& members() const { return input_.members; }

  void Assess(size_t ordinal) {
    Member& member = *members()[ordinal];
    Candidate& candidate = result_.candidates.emplace_back();
    candidate.member = &member;
    candidate.identity = member.identity();
    if (member.log) ReadEnd(candidate);
    mvcc::Status status;
    if (member.database.database != nullptr) {
      status = mvcc::ReadStatus(member.StoreOnDisk());
      candidate.applied = status.consistent_index.value_or(0);
      candidate.revision = status.CurrentRevision();
    }
    const ClusterCommit& commit = commits_[ordinal];
    candidate.commit = commit.index;
    candidate.voters = commit.voters;
    candidate.put_back = FindPutBack(member, members(), commit);
    if (member.files && member.files->is_data_dir()) {
      ReadAsEtcdDoes(member.database, member.findings);
      Foretell(candidate, member.files->files(), status);
    }
    const Origin& origin = input_.origins[ordinal];
    candidate.is_restored = origin.is_restore();
    candidate.from_backup = FindBackup(member, origin, members(), input_.comparison);
    if (member.has_database())
      candidate.revision_rolled = RevisionRolled(candidate, member, status);
    if (commit.witness != nullptr) candidate.lost = FindLost(candidate);
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
    std::optional<DatabaseState> state;
    if (member.database.database != nullptr) {
      state = ReadDatabaseState(*member.database.database, member.database.path);
    }
    const Evidence evidence{
        .dir = dir,
        .log = member.log ? &*member.log : nullptr,
        .database = state ? &*state : nullptr,
        .met = member.findings.findings(),
        .others = OthersThan(member),
        .acknowledged = candidate.put_back ? candidate.put_back->index_last : 0};
    const ClusterLine line =
        input_.version ? ClusterLine{.version = input_.version} : FindClusterLine(evidence, status);
    const std::vector<Version> versions =
        input_.version ? std::vector<Version>{*input_.version} : LinesToForetell(line);
    for (const Version& version : versions) {
      candidate.forecasts.push_back(ForecastStart(evidence, version));
    }
    if (line.version) return;
    const auto starts = std::ranges::find_if(
        candidate.forecasts, [](const Forecast& forecast) { return !forecast.stops(); });
    if (starts == candidate.forecasts.end()) return;
    candidate.own = static_cast<size_t>(starts - candidate.forecasts.begin());
  }

  // Nodes of the same cluster whose data directories were given.
  std::set<uint64_t> OthersThan(const Member& member) const {
    std::set<uint64_t> others;
    for (const auto& other : members()) {
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
    const auto& log = commit.witness->log;
    LostEntries lost = ReadLost(log ? &*log : nullptr, {.after = until, .until = commit.index});
    if (candidate.revision_rolled) lost.revision_first = *candidate.revision_rolled + 1;
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

  // All that speaks against the member.
  void Oppose(Candidate& candidate, size_t ordinal) const {
    using Kind = Objection::Kind;
    const Member& member = *candidate.member;
    const Member& first = FirstWithLog();
    std::vector<Objection>& objections = candidate.objections;
    if (!candidate.forecasts.empty() && !member.has_database()) {
      objections.push_back({.kind = Kind::kNoDatabase});
    }
    if (IsForeign(member, first)) {
      objections.push_back({.kind = Kind::kOtherCluster});
    } else if (member.log && cluster::IsAcrossRestore(member, first)) {
      objections.push_back({.kind = Kind::kAcrossRestore, .other = &first});
    }
    if (!input_.audits.empty()) OpposeByLog(candidate, *input_.audits[ordinal]);
    if (input_.comparison.StandsAlone(member)) objections.push_back({.kind = Kind::kStandsAlone});
    if (const Finding* const worst = WorstFinding(member)) {
      const bool is_damage = worst->kind.severity == Severity::kDamage;
      objections.push_back(
          {.kind = is_damage ? Kind::kDamaged : Kind::kSuspect, .finding = worst->kind.id});
    }
  }

  const Member& FirstWithLog() const {
    const auto first =
        std::ranges::find_if(members(), [](const auto& member) { return member->log.has_value(); });
    return first == members().end() ? *members().front() : **first;
  }

  static void OpposeByLog(Candidate& candidate, const audit::AuditReport& report) {
    candidate.is_explained = report.verdict == audit::AuditVerdict::kExplained;
    if (report.verdict == audit::AuditVerdict::kAnomalous) {
      candidate.objections.push_back({.kind = Objection::Kind::kAnomalous, .report = &report});
    } else if (report.verdict == audit::AuditVerdict::kUnexplained) {
      candidate.objections.push_back({.kind = Objection::Kind::kUnexplained, .report = &report});
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
    return candidate.is_restored && std::ranges::any_of(members(), [&](const auto& other) {
             return !other->log && other->has_database() && other->status.CurrentRevision() > own &&
                    !IsForeign(*other, *candidate.member);
           });
  }

  // The smaller, the better.
  static auto Rank(const Candidate& candidate) {
    const Weight worst = candidate.is_usable() ? candidate.forecast()->worst() : Weight::kStops;
    const uint64_t lost = candidate.lost ? candidate.lost->count() : 0;
    return std::tuple(worst, candidate.standing(), lost, ~candidate.last_term,
                      ~candidate.last_index);
  }

  void Choose() {
    const auto& candidates = result_.candidates;
    const auto best = std::ranges::min_element(candidates, {}, Rank);
    if (!best->is_usable()) return;
    for (size_t i = 0; i < candidates.size(); ++i) {
      if (Rank(candidates[i]) == Rank(*best)) result_.best.push_back(i);
    }
    KeepOneState();
    RelateToBest();
  }

  void RelateToBest() {
    const size_t first = result_.best.front();
    for (size_t i = 0; i < members().size(); ++i) {
      Candidate& candidate = result_.candidates[i];
      candidate.shares_log = !IsForeign(*members()[i], *members()[first]) &&
                             !cluster::IsAcrossRestore(*members()[i], *members()[first]);
      candidate.differs = RelationOf(i, first) == cluster::Relation::kDifferent;
    }
  }

  cluster::Relation RelationOf(size_t a, size_t b) const {
    return a == b ? cluster::Relation::kSame
                  : input_.comparison.StatesOf(*members()[a], *members()[b]);
  }

  // Equal rank says nothing of the rows. Of the equals that state is kept which most members are
  // in, and in it the member comes first that has the least to apply again.
  void KeepOneState() {
    const auto alike = [this](size_t i) {
      size_t count = 0;
      for (size_t j = 0; j < members().size(); ++j) {
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
    const auto identity = members()[ordinal]->identity();
    return identity && std::ranges::any_of(result_.best, [&](size_t other) {
             const auto of_other = members()[other]->identity();
             return of_other && (of_other->cluster_id != identity->cluster_id ||
                                 of_other->node_id == identity->node_id);
           });
  }

  // Where no majority and no log tells who is right, either may be wrong.
  void OpposeByEachOther() {
    std::vector<size_t> unrefuted;
    for (size_t i = 0; i < members().size(); ++i) {
      if (result_.candidates[i].standing() != Standing::kRefuted) unrefuted.push_back(i);
    }
    for (const size_t i : unrefuted) {
      const auto other = std::ranges::find_if(
          unrefuted, [&](size_t j) { return RelationOf(i, j) == cluster::Relation::kDifferent; });
      if (other == unrefuted.end()) continue;
      result_.candidates[i].objections.push_back(
          {.kind = Objection::Kind::kDiffers, .other = members()[*other].get()});
    }
  }

  const BestMemberInput& input_;
  std::vector<ClusterCommit> commits_;  // by member
  BestMember result_;
};

}  // namespace

Standing Candidate::standing() const {
  Standing worst = Standing::kUnopposed;
  for (const Objection& objection : objections) worst = std::max(worst, objection.standing());
  return worst;
}

bool Candidate::is_usable() const {
  return forecast() != nullptr && !forecast()->stops() && !forecast()->loses_all();
}

BestMember FindBestMember(const BestMemberInput& input) { return Chooser(input).Run(); }

}  // namespace etcdf::restore
