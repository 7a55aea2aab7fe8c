#include "audit/audit.h"

#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

#include "audit/consequences.h"
#include "audit/report.h"
#include "audit/search.h"
#include "mvcc/status.h"

namespace etcdf::audit {
namespace {

// One set of rules tried.
class Attempt {
 public:
  Attempt(const AuditInput& input, const Entries& entries, const StoredRows& rows,
          const apply::Rules& rules)
      : input_(input), entries_(entries), rows_(rows), rules_(rules) {}

  AuditReport Run() {
    apply::MemberStore store(rules_);
    Walk walk(entries_, rows_, store);
    Search search(walk, input_.database, input_.progress);
    const Explanation explanation = search.Run();
    AuditReport report;
    report.index_first = entries_[0].index;
    report.index_last = entries_[entries_.size() - 1].index;
    if (search.cancelled()) {
      report.reason = "the audit was ended before it was done";
      return report;
    }
    Count(walk, explanation, report);
    report.anomalies = AnomaliesOf(walk, explanation);
    report.anomalies_dropped = explanation.too_many;
    if (!report.anomalies.empty() && explanation.complete()) {
      apply::MemberStore faithful(rules_);
      CountConsequences(walk, faithful, report.anomalies);
    }
    Judge(explanation, report);
    return report;
  }

 private:
  static void Count(const Walk& walk, const Explanation& explanation, AuditReport& report) {
    report.verified = walk.tally().verified;
    report.blind = walk.tally().blind;
    report.without_rows = walk.tally().without_rows;
    report.untold = walk.tally().untold;
    report.rows_equal = explanation.comparison.rows_equal;
    report.rows_different = explanation.comparison.rows_different;
  }

  static void Judge(const Explanation& explanation, AuditReport& report) {
    if (explanation.complete()) {
      report.verdict =
          report.anomalies.empty() ? AuditVerdict::kExplained : AuditVerdict::kAnomalous;
      return;
    }
    report.verdict = AuditVerdict::kUnexplained;
    if (explanation.too_many) {
      report.reason = "the log and the database do not belong together: after " +
                      std::to_string(AuditReport::kMaxAnomalies) + " anomalies there are more";
    } else if (explanation.gave_up) {
      report.reason = "too much would have to be tried to explain the database";
    } else if (explanation.left_over) {
      report.reason = "no entry explains what is stored from revision " +
                      std::to_string(*explanation.left_over) + " on";
    } else {
      report.reason = FirstDifference(explanation.comparison);
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
  const Entries& entries_;
  const StoredRows& rows_;
  const apply::Rules& rules_;
};

// Less is better.
auto MeritOf(const AuditReport& report) {
  return std::tuple(report.verdict, report.anomalies.size(), report.rows_different);
}

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

AuditReport Audit(const AuditInput& input) {
  const mvcc::Status status = mvcc::ReadStatus(input.database);
  const Entries entries(input.log, status.consistent_index.value_or(0));
  AuditReport best;
  if (entries.empty()) {
    best.reason = "the log has no entry that counts as applied to the database";
    return best;
  }
  const StoredRows rows(input.database);
  for (size_t i = 0; i < input.rules.size(); ++i) {
    AuditReport report = Attempt(input, entries, rows, input.rules[i]).Run();
    report.rules = i;
    if (i == 0 || MeritOf(report) < MeritOf(best)) best = std::move(report);
    if (best.verdict == AuditVerdict::kExplained) break;
  }
  return best;
}

}  // namespace etcdf::audit
