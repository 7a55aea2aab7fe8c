#include "audit/course.h"

#include <algorithm>
#include <utility>

#include "audit/consequences.h"
#include "audit/report.h"
#include "audit/witnesses.h"
#include "replay/load.h"

namespace etcdf::audit {
namespace {

void TellFirst(const apply::Comparison& comparison, AuditReport& report) {
  report.reason = AuditReason::kRowDiffers;
  if (comparison.first.empty()) return;
  const apply::Difference& first = comparison.first.front();
  if (const auto row = mvcc::ParseRowKey(AsBytes(first.key))) {
    report.reason_number = row->revision.main;
  }
  switch (first.kind) {
    case apply::Difference::Kind::kOnlyInStore: report.reason = AuditReason::kRowNotStored; break;
    case apply::Difference::Kind::kOnlyInDatabase:
      report.reason = AuditReason::kRowNotLogged;
      break;
    case apply::Difference::Kind::kOtherValue: break;
  }
}

}  // namespace

Course::Course(const AuditInput& input, const replay::Entries& entries,
               const replay::StoredRows& rows, const apply::Rules& rules, const mvcc::Store& base,
               const replay::Alignment& start)
    : input_(input),
      base_(base),
      entries_(entries),
      start_(start),
      store_(rules),
      walk_(entries, rows, Loaded(store_), start.position),
      search_(walk_, input.database, input.progress) {}

Reach Course::Begin() {
  const Reach reach = search_.Begin();
  const auto steps = walk_.steps();
  size_t step = steps.size();
  while (step > 0 && steps[step - 1].effect != StepEffect::kVerified) --step;
  if (step > 0) follows_to_ = steps[step - 1];
  return reach;
}

std::optional<uint64_t> Course::LastStored() {
  const bool is_last = walk_.rows().After(walk_.store().keys().current_revision()).empty();
  if (!is_last || !follows_to_ || follows_to_->revision != walk_.rows().last()) return {};
  return entries_[follows_to_->position].index;
}

Anomaly Course::NotCounted(uint64_t applied) const {
  Anomaly anomaly{.kind = AnomalyKind::kNotCounted, .revision = start_.revision};
  for (const Step& step : walk_.steps()) {
    const wire::Entry& entry = entries_[step.position];
    if (entry.index <= applied) anomaly.revision = step.revision;
    if (entry.index <= applied || step.effect == StepEffect::kNone) continue;
    if (anomaly.index_first == 0) {
      anomaly.index_first = entry.index;
      anomaly.term = entry.term;
    }
    anomaly.index_last = entry.index;
    anomaly.revisions = step.revision - anomaly.revision;
  }
  ++anomaly.revision;
  return anomaly;
}

AuditReport Course::Finish(uint64_t work_max) {
  Explanation explanation = search_.Run(work_max);
  if (explanation.complete()) {
    SettleTies(search_.trials(), input_.database, input_.peers, explanation);
  }
  AuditReport report;
  report.index_first = entries_[start_.position].index;
  report.index_last = entries_[entries_.size() - 1].index;
  report.start_revision = start_.revision;
  if (search_.cancelled()) {
    report.reason = AuditReason::kCancelled;
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

apply::MemberStore& Course::Loaded(apply::MemberStore& store) const {
  if (start_ == replay::Alignment()) return store;
  // Cannot fail: alignments are revisions that are stored and not compacted.
  (void)replay::LoadBefore(base_, start_.revision, entries_.all().subspan(start_.position), store);
  return store;
}

void Course::Count(const Walk& walk, const Explanation& explanation, AuditReport& report) {
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

void Course::AddRemains(const Remains& remains, AuditReport& report) {
  const auto others = AnomaliesOf(walk_, remains);
  report.anomalies.insert(report.anomalies.end(), others.begin(), others.end());
  std::ranges::stable_sort(report.anomalies, {}, &Anomaly::revision);
  const size_t kept = std::min(report.anomalies.size(), AuditReport::kMaxAnomalies);
  const bool all = remains.stretches == remains.missing.size();
  report.anomalies_dropped = !all || kept < report.anomalies.size();
  report.anomalies.resize(kept);
}

void Course::Judge(const Explanation& explanation, AuditReport& report) const {
  if (explanation.complete()) {
    report.verdict = report.anomalies.empty() ? AuditVerdict::kExplained : AuditVerdict::kAnomalous;
    return;
  }
  report.verdict = AuditVerdict::kUnexplained;
  if (walk_.rows().are_torn()) {
    report.reason = AuditReason::kTornApart;
  } else if (explanation.too_many) {
    report.reason = AuditReason::kTooManyAnomalies;
    report.reason_number = static_cast<int64_t>(explanation.plan.script.size());
  } else if (explanation.gave_up) {
    report.reason = AuditReason::kTooMuchToTry;
  } else if (explanation.left_over) {
    report.reason = AuditReason::kLeftOver;
    report.reason_number = *explanation.left_over;
  } else {
    TellFirst(explanation.remains.comparison, report);
  }
}

}  // namespace etcdf::audit
