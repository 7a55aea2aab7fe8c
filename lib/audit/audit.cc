#include "audit/audit.h"

#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

#include "audit/consequences.h"
#include "audit/report.h"
#include "audit/search.h"
#include "audit/witnesses.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/status.h"
#include "replay/align.h"
#include "replay/load.h"

namespace etcdf::audit {
namespace {

// How long to search, in steps, each about a microsecond: a fixed number, and so often through the
// whole log. No answer depends on the time.
constexpr uint64_t WorkMax(bool thorough, uint64_t entries) {
  return thorough ? 40'000'000 + 4 * entries : 2'000'000 + 2 * entries;
}

// The same once the log has been found to give all that is stored, but for rows that are missing.
// Little more is to be told then.
constexpr uint64_t WorkMaxOfTorn(uint64_t entries) { return WorkMax(false, entries); }

// The log walked from one place, by one set of rules.
class Course {
 public:
  // `base`: what the member's rows as of the start are read from.
  Course(const AuditInput& input, const replay::Entries& entries, const replay::StoredRows& rows,
         const apply::Rules& rules, const mvcc::Store& base, const replay::Alignment& start)
      : input_(input),
        base_(base),
        entries_(entries),
        start_(start),
        store_(rules),
        walk_(entries, rows, Loaded(store_), start.position),
        search_(walk_, input.database, input.progress) {}

  // How far the log goes as it stands.
  Reach Begin() {
    const Reach reach = search_.Begin();
    const auto steps = walk_.steps();
    size_t step = steps.size();
    while (step > 0 && steps[step - 1].effect != StepEffect::kVerified) --step;
    if (step > 0) follows_to_ = steps[step - 1];
    return reach;
  }
  // Once begun: where it does not go on, rows are missing, and no other is in their place.
  bool IsForWantOfRows() const { return walk_.IsForWantOfRows(); }
  // Of the next entry.
  size_t position() const { return walk_.position(); }
  bool cancelled() const { return search_.cancelled(); }

  // Steps taken so far.
  uint64_t work() const { return walk_.work(); }

  AuditReport Finish(uint64_t work_max) {
    Explanation explanation = search_.Run(work_max);
    if (explanation.complete()) {
      SettleTies(search_.trials(), input_.database, input_.peers, explanation);
    }
    AuditReport report;
    report.index_first = entries_[start_.position].index;
    report.index_last = entries_[entries_.size() - 1].index;
    report.start_revision = start_.revision;
    if (search_.cancelled()) {
      report.reason = "the audit was ended before it was done";
      return report;
    }
    Count(walk_, explanation, report);
    if (follows_to_) {
      report.follows_to_index = entries_[follows_to_->position].index;
      report.follows_to_revision = follows_to_->revision;
    }
    if (!explanation.too_many) report.anomalies = AnomaliesOf(walk_, explanation);
    report.anomalies_dropped = explanation.too_many;
    if (!report.anomalies.empty() && explanation.complete()) {
      apply::MemberStore faithful(store_.rules());
      CountConsequences(walk_, Loaded(faithful), start_.position, report.anomalies);
    }
    if (explanation.complete()) AddRemains(explanation.remains, report);
    Judge(explanation, report);
    return report;
  }

 private:
  // As it was in front of the first entry taken.
  apply::MemberStore& Loaded(apply::MemberStore& store) const {
    if (start_ == replay::Alignment()) return store;
    // Cannot fail: alignments are revisions that are stored and not compacted.
    (void)replay::LoadBefore(base_, start_.revision, entries_.all().subspan(start_.position),
                             store);
    return store;
  }

  static void Count(const Walk& walk, const Explanation& explanation, AuditReport& report) {
    size_t next = 0;
    for (const Step& step : walk.steps()) {
      if (step.position < next) continue;  // taken again
      next = step.position + 1;
      report.verified += step.effect == StepEffect::kVerified ? 1 : 0;
      report.blind += step.effect == StepEffect::kBlind ? 1 : 0;
      report.without_rows += step.effect == StepEffect::kNone ? 1 : 0;
    }
    report.untold = walk.tally().untold;
    report.rows_equal = explanation.remains.comparison.rows_equal;
    report.rows_different = explanation.remains.comparison.rows_different;
    if (!explanation.complete()) report.rows_different += explanation.remains.strays.size();
    report.rows_missing = explanation.remains.rows_missing;
  }

  void AddRemains(const Remains& remains, AuditReport& report) {
    const auto others = AnomaliesOf(walk_, remains);
    report.anomalies.insert(report.anomalies.end(), others.begin(), others.end());
    std::ranges::stable_sort(report.anomalies, {}, &Anomaly::revision);
    const size_t kept = std::min(report.anomalies.size(), AuditReport::kMaxAnomalies);
    const bool all = remains.stretches == remains.missing.size();
    report.anomalies_dropped = !all || kept < report.anomalies.size();
    report.anomalies.resize(kept);
  }

  void Judge(const Explanation& explanation, AuditReport& report) const {
    if (explanation.complete()) {
      report.verdict =
          report.anomalies.empty() ? AuditVerdict::kExplained : AuditVerdict::kAnomalous;
      return;
    }
    report.verdict = AuditVerdict::kUnexplained;
    if (walk_.rows().are_torn()) {
      report.reason = "rows are missing, and those that are left do not follow from the log";
    } else if (explanation.too_many) {
      report.reason = "the log and the database do not seem to belong together: " +
                      std::to_string(explanation.plan.script.size()) +
                      " anomalies do not explain it";
    } else if (explanation.gave_up) {
      report.reason = "too much would have to be tried to explain the database";
    } else if (explanation.left_over) {
      report.reason = "no entry explains what is stored from revision " +
                      std::to_string(*explanation.left_over) + " on";
    } else {
      report.reason = FirstDifference(explanation.remains.comparison);
    }
  }

  static std::string FirstDifference(const apply::Comparison& comparison) {
    if (comparison.first.empty()) return "rows of the bucket `key` differ from what the log gives";
    const apply::Difference& first = comparison.first.front();
    const auto row = mvcc::ParseRowKey(AsBytes(first.key));
    const std::string place =
        row ? "the row of revision " + mvcc::RevisionText(row->revision) : "a row";
    switch (first.kind) {
      case apply::Difference::Kind::kOnlyInStore:
        return place + " is not stored, though the log gives it";
      case apply::Difference::Kind::kOnlyInDatabase:
        return place + " is stored, though the log does not give it";
      case apply::Difference::Kind::kOtherValue: break;
    }
    return place + " is not stored as the log gives it";
  }

  const AuditInput& input_;
  const mvcc::Store& base_;
  const replay::Entries& entries_;
  replay::Alignment start_;
  apply::MemberStore store_;
  Walk walk_;
  Search search_;
  std::optional<Step> follows_to_;  // the last that is verified by the log as it stands
};

// Less is better.
auto MeritOf(const AuditReport& report) {
  return std::tuple(report.verdict, report.anomalies.size(), report.rows_different);
}

bool IsComplete(const AuditReport& report) {
  return report.verdict == AuditVerdict::kExplained || report.verdict == AuditVerdict::kAnomalous;
}

// One set of rules tried.
class Attempt {
 public:
  // `work_left`: steps that the audit may take yet.
  Attempt(const AuditInput& input, const replay::Entries& entries, const replay::StoredRows& rows,
          const apply::Rules& rules, uint64_t& work_left)
      : input_(input), entries_(entries), rows_(rows), rules_(rules), work_left_(work_left) {}

  // How far the log goes as it stands, if it begins with the database.
  Reach Begin() {
    if (entries_[0].index != 1) return {};
    course_ = From(input_.database, {});
    return reach_ = course_->Begin();
  }

  AuditReport Run() {
    const bool may_be_torn = course_ != nullptr && !rows_.are_torn();
    const bool follows = may_be_torn && (reach_.ends || FollowsAsTorn());
    if (follows && !reach_.ends) {
      work_left_ = std::min(work_left_, WorkMaxOfTorn(entries_.size()));
    }
    AuditReport report = RunOnRows();
    const bool is_told = report.verdict == AuditVerdict::kExplained ||
                         (report.verdict == AuditVerdict::kAnomalous && !follows);
    if (!may_be_torn || is_told) return report;
    AuditReport torn = RunAsTorn();
    // Explained by no anomaly at all: then bytes differ of which rows tell nothing.
    const bool tells_something = torn.verdict == AuditVerdict::kAnomalous;
    return tells_something && MeritOf(torn) < MeritOf(report) ? torn : report;
  }

 private:
  AuditReport RunOnRows() {
    if (course_ == nullptr) return RunAligned();
    AuditReport report;
    if (WasRestored()) report = RunAligned();
    if (IsComplete(report)) return report;
    report = Finish(*course_);
    // With nothing verified the log may be one that was begun anew.
    if (IsComplete(report) || course_->cancelled() || report.verified > 0) return report;
    AuditReport aligned = RunAligned();
    return IsComplete(aligned) ? aligned : report;
  }

  AuditReport Finish(Course& course) const {
    const uint64_t before = course.work();
    AuditReport report = course.Finish(before + work_left_);
    work_left_ -= std::min(work_left_, course.work() - before);
    return report;
  }

  // Nothing is against the log but what is not there.
  bool FollowsAsTorn() const {
    if (!course_->IsForWantOfRows()) return false;
    const replay::StoredRows torn = rows_.AsTorn();
    return Course(input_, entries_, torn, rules_, input_.database, {}).Begin().ends;
  }

  // Without a search: all that is not as the log says is missing, or was altered.
  AuditReport RunAsTorn() const {
    const replay::StoredRows torn = rows_.AsTorn();
    Course course(input_, entries_, torn, rules_, input_.database, {});
    course.Begin();
    return course.Finish(0);
  }

  std::unique_ptr<Course> From(const mvcc::Store& base, const replay::Alignment& start) const {
    return std::make_unique<Course>(input_, entries_, rows_, rules_, base, start);
  }

  // A database restored from a snapshot holds what no entry of its log has written. Its log begins
  // with a snapshot of term 1 (etcd v3.6.9, etcdutl/snapshot/v3_snapshot.go, saveWALAndSnap), which
  // is over before a leader is elected.
  bool WasRestored() const {
    std::vector<wal::ScannedRecord> records;
    if (input_.log.chunks().empty()) return false;
    input_.log.ReadRecords(input_.log.chunks().front(), records);
    return std::ranges::any_of(records, [](const wal::ScannedRecord& scanned) {
      if (scanned.record.type != wal::RecordType::kSnapshot) return false;
      const auto snapshot = wire::DecodeWalSnapshot(scanned.record.data);
      return snapshot && snapshot->index > 0 && snapshot->term == 1;
    });
  }

  AuditReport RunAligned() const {
    AuditReport best = RunFromOwnRows();
    for (size_t peer = 0; peer < input_.peers.size(); ++peer) {
      const bool may_be_better =
          best.verdict == AuditVerdict::kExplained || best.verdict == AuditVerdict::kNotCovered;
      if (!may_be_better || input_.peers[peer].database == nullptr) continue;
      auto report = RunFromPeer(*input_.peers[peer].database, best);
      if (!report || report->verified + report->blind <= best.verified + best.blind) continue;
      best = *std::move(report);
      best.start_peer = peer;
    }
    return best;
  }

  // From where the peer's rows tell what there was, if that is earlier than where `own` begins and
  // all that is stored follows from there. Nothing else counts: the peer itself may be harmed.
  std::optional<AuditReport> RunFromPeer(const mvcc::Store& peer, const AuditReport& own) const {
    for (const replay::Alignment& alignment : replay::FindAlignmentsAcross(entries_, peer)) {
      const bool is_covered = own.verdict == AuditVerdict::kExplained &&
                              own.index_first <= entries_[alignment.position].index;
      if (is_covered) break;
      const auto course = From(peer, alignment);
      if (!course->Begin().ends) continue;
      AuditReport report = Finish(*course);
      if (report.verdict == AuditVerdict::kExplained) return report;
      if (course->cancelled()) break;
    }
    return std::nullopt;
  }

  // From the first place that is certain, or else from one that follows to the end.
  AuditReport RunFromOwnRows() const {
    constexpr uint64_t kCertain = 20;
    constexpr uint64_t kVerifiedMin = 5;  // fewer may be chance
    constexpr size_t kFinishedMax = 3;
    AuditReport best;
    best.reason =
        "the log does not begin with the database, and no entry was found whose place in the "
        "database is certain";
    size_t finished = 0;
    for (const replay::Alignment& alignment : replay::FindAlignments(entries_, rows_)) {
      const auto course = From(input_.database, alignment);
      const Reach reach = course->Begin();
      if (!reach.ends && reach.verified < kCertain) continue;
      if (reach.verified < kVerifiedMin && alignment.position + kVerifiedMin < entries_.size()) {
        continue;
      }
      AuditReport report = Finish(*course);
      if (MeritOf(report) < MeritOf(best)) best = std::move(report);
      if (IsComplete(best) || course->cancelled() || ++finished == kFinishedMax) break;
    }
    return best;
  }

  const AuditInput& input_;
  const replay::Entries& entries_;
  const replay::StoredRows& rows_;
  const apply::Rules& rules_;
  uint64_t& work_left_;
  std::unique_ptr<Course> course_;
  Reach reach_;
};

}  // namespace

const char* AnomalyKindName(AnomalyKind kind) {
  switch (kind) {
    case AnomalyKind::kSkipped: return "skipped";
    case AnomalyKind::kSkippedRange: return "skipped_range";
    case AnomalyKind::kAppliedTwice: return "applied_twice";
    case AnomalyKind::kAppliedDifferently: return "applied_differently";
    case AnomalyKind::kRowAbsent: return "row_absent";
    case AnomalyKind::kRowAltered: return "row_altered";
    case AnomalyKind::kUnlogged: return "unlogged";
    case AnomalyKind::kExtraRevisions: return "extra_revisions";
    case AnomalyKind::kNotAppliedTail: break;
  }
  return "not_applied_tail";
}

const char* AuditVerdictName(AuditVerdict verdict) {
  switch (verdict) {
    case AuditVerdict::kExplained: return "explained";
    case AuditVerdict::kAnomalous: return "anomalous";
    case AuditVerdict::kUnexplained: return "unexplained";
    case AuditVerdict::kNotCovered: break;
  }
  return "not_covered";
}

AuditReport Audit(const AuditInput& asked) {
  const replay::StoredRows all_rows(asked.database);
  const replay::StoredRows rows = all_rows.are_damaged() ? all_rows.AsTorn() : all_rows;
  // The database is read many times, and what is damaged in it has been told.
  mvcc::UnheardFindings unheard;
  const mvcc::Store database{
      .database = asked.database.database, .file = asked.database.file, .findings = unheard};
  std::vector<mvcc::Store> peer_databases;
  peer_databases.reserve(asked.peers.size());
  std::vector<Peer> peers = asked.peers;
  for (Peer& peer : peers) {
    if (peer.database == nullptr) continue;
    peer_databases.push_back(
        {.database = peer.database->database, .file = peer.database->file, .findings = unheard});
    peer.database = &peer_databases.back();
  }
  const AuditInput input{.log = asked.log,
                         .database = database,
                         .rules = asked.rules,
                         .peers = std::move(peers),
                         .thorough = asked.thorough,
                         .progress = asked.progress};
  const mvcc::Status status = mvcc::ReadStatus(database);
  replay::Entries entries(input.log, status.consistent_index.value_or(0));
  for (const Peer& peer : input.peers) {
    if (peer.log != nullptr) entries.Prepend(*peer.log);
  }
  AuditReport best;
  if (entries.empty()) {
    best.reason = "the log has no entry that counts as applied to the database";
    return best;
  }
  uint64_t work_left =
      rows.are_torn() ? WorkMaxOfTorn(entries.size()) : WorkMax(input.thorough, entries.size());
  Reach farthest;
  for (size_t i = 0; i < input.rules.size(); ++i) {
    Attempt attempt(input, entries, rows, input.rules[i], work_left);
    const Reach reach = attempt.Begin();
    // Other rules are worth a search only if they get past where the first ones failed.
    if (i > 0 && IsComplete(best) && !reach.ends && reach <= farthest) continue;
    farthest = std::max(farthest, reach);
    AuditReport report = attempt.Run();
    report.rules = i;
    if (i == 0 || MeritOf(report) < MeritOf(best)) best = std::move(report);
    if (best.verdict == AuditVerdict::kExplained) break;
  }
  return best;
}

}  // namespace etcdf::audit
