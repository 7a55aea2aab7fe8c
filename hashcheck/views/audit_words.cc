#include "hashcheck/views/audit_words.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/escape.h"
#include "describe/value.h"
#include "hashcheck/views/words.h"

namespace etcdf::hashcheck {
namespace {

using audit::Anomaly;
using audit::AnomalyKind;
using audit::AnomalyRow;
using audit::AuditReason;
using audit::AuditReport;
using audit::AuditStart;
using audit::AuditVerdict;

constexpr size_t kShownBytes = 96;  // of a value
// Of the rows of one anomaly. There may be thousands: a range that was deleted.
constexpr size_t kRowsShown = 4;
// Of a member, unless all are asked for.
constexpr size_t kAnomaliesShown = 8;
// Of the entries that explain the same.
constexpr size_t kTiesShown = 12;

std::string NumberOf(uint64_t number) { return std::to_string(number); }

// "entry 233, term 2 (txn)", "entries 233 to 240", "in front of entry 12".
std::string EntriesText(const Anomaly& anomaly) {
  if (anomaly.index_last > anomaly.index_first) {
    return "entries " + NumberOf(anomaly.index_first) + " to " + NumberOf(anomaly.index_last);
  }
  std::string text = "entry " + NumberOf(anomaly.index_first);
  if (anomaly.term != 0) text += ", term " + NumberOf(anomaly.term);
  if (!anomaly.request.empty()) text += " (" + Printable(anomaly.request) + ")";
  return text;
}

// Where something lies that is no entry's.
std::string PlaceText(const Anomaly& anomaly) {
  if (anomaly.index_first == 0) return "behind the last entry";
  return "in front of entry " + NumberOf(anomaly.index_first);
}

// "what entry 3, term 2 (put) wrote at revision 4 is gone", of many rows how many they are.
std::string AbsentText(const Anomaly& anomaly) {
  std::string text = EntriesText(anomaly) + " wrote at revision";
  if (anomaly.revision_last > anomaly.revision) {
    text = Counted(anomaly.rows_missing, "row", "rows") + " that " + text + "s " +
           std::to_string(anomaly.revision) + " to " + std::to_string(anomaly.revision_last) +
           " are gone";
  } else {
    text = "what " + text + " " + std::to_string(anomaly.revision) + " is gone";
  }
  const bool is_the_end = std::ranges::count(anomaly.other_kinds, AnomalyKind::kNotAppliedTail) > 0;
  return text + (is_the_end ? ", and nothing is stored behind"
                            : "; all that follows is where it should be");
}

std::string Headline(const Anomaly& anomaly, uint64_t consistent_index) {
  const bool one = anomaly.index_last <= anomaly.index_first;
  const std::string entries = EntriesText(anomaly);
  const std::string at = " at revision " + std::to_string(anomaly.revision);
  const std::string counted = (one ? " counts" : " count") + std::string(" as applied (") +
                              "consistent index " + NumberOf(consistent_index) + ")";
  switch (anomaly.kind) {
    case AnomalyKind::kSkipped:
    case AnomalyKind::kSkippedRange: return entries + counted + " but left no revision: skipped";
    case AnomalyKind::kAppliedTwice:
      return entries + (one ? " was" : " were") + " applied twice: once more" + at;
    case AnomalyKind::kAppliedDifferently:
      return entries + " wrote something else than it says," + at;
    case AnomalyKind::kRowAbsent: return AbsentText(anomaly);
    case AnomalyKind::kRowAltered:
      return "what " + entries + " wrote" + at + " was altered; nothing follows from the new bytes";
    case AnomalyKind::kUnlogged:
      return "a write that is in no entry" + at + ", " + PlaceText(anomaly);
    case AnomalyKind::kExtraRevisions:
      return Counted(static_cast<uint64_t>(std::max<int64_t>(anomaly.revisions, 0)),
                     "revision passed", "revisions passed") +
             " that no entry explains, " + PlaceText(anomaly) + "; what they held is compacted";
    case AnomalyKind::kNotCounted:
      return entries + (one ? " does not count" : " do not count") +
             " as applied (consistent index " + NumberOf(consistent_index) + "), and what " +
             (one ? "it" : "they") + " wrote is stored: etcd would apply " + (one ? "it" : "them") +
             " a second time";
    case AnomalyKind::kNotAppliedTail:
      return entries + counted + " but left nothing: the database is as it was before " +
             (one ? "it" : "them");
  }
  return "";
}

// `count`: how many there are; 0: those given, or more.
void AddRows(Point& point, const char* title, const std::vector<AnomalyRow>& rows, uint64_t count,
             const output::ValueFormat& values) {
  for (size_t i = 0; i < std::min(kRowsShown, rows.size()); ++i) {
    const AnomalyRow& row = rows[i];
    const mvcc::KeyValue content{.key = AsBytes(row.key),
                                 .create_revision = row.create_revision,
                                 .mod_revision = row.revision.main,
                                 .version = row.version,
                                 .value = AsBytes(row.value),
                                 .lease = row.lease};
    point.details.push_back(title + RowText(row.tombstone, content, values, kShownBytes));
  }
  if (rows.size() > kRowsShown) {
    const bool are_known = count > 0 || rows.size() < Anomaly::kMaxRows;
    point.details.push_back(
        title + ("and more: " + Counted(std::max<uint64_t>(count, rows.size()), "row", "rows")) +
        (are_known ? "" : " or more"));
  }
}

std::string TiesText(const Anomaly& anomaly) {
  std::string text = "or another entry in its place, as nothing stored tells them apart:";
  for (size_t i = 0; i < std::min(kTiesShown, anomaly.ties.size()); ++i) {
    text += (i == 0 ? " " : ", ") + NumberOf(anomaly.ties[i]);
  }
  if (anomaly.ties.size() > kTiesShown) text += ", ... (" + NumberOf(anomaly.ties.size()) + ")";
  return text;
}

// What an explanation of another kind says, in place of an anomaly.
std::string_view OtherwiseText(AnomalyKind kind) {
  switch (kind) {
    case AnomalyKind::kSkipped:
    case AnomalyKind::kSkippedRange: break;
    case AnomalyKind::kNotAppliedTail: return "entries that count as applied and left nothing";
    case AnomalyKind::kAppliedTwice: return "an entry applied twice";
    case AnomalyKind::kAppliedDifferently: return "an entry that wrote something else than it says";
    case AnomalyKind::kRowAbsent: return "a row that was removed later";
    case AnomalyKind::kRowAltered: return "a row that was altered later";
    case AnomalyKind::kUnlogged: return "a write that is in no entry";
    case AnomalyKind::kExtraRevisions:
      return "a write that is in no entry, and whose row is compacted";
    case AnomalyKind::kNotCounted: return "entries that were applied and do not count as such";
  }
  return "an entry skipped";
}

std::string OtherKindsText(const Anomaly& anomaly) {
  std::string text = "or, as nothing stored tells them apart";
  const char* separator = ": ";
  for (const AnomalyKind kind : anomaly.other_kinds) {
    text += std::exchange(separator, "; ");
    text += OtherwiseText(kind);
  }
  return text;
}

std::string ShiftedText(const Anomaly& anomaly) {
  const bool behind = anomaly.revisions < 0;
  const auto distance = behind ? ~static_cast<uint64_t>(anomaly.revisions) + 1
                               : static_cast<uint64_t>(anomaly.revisions);
  return "from revision " + std::to_string(anomaly.revision) + " on it is " +
         Counted(distance, "revision", "revisions") +
         (behind ? " behind its log" : " ahead of its log");
}

// Whether what the log says is nowhere.
bool IsLoss(AnomalyKind kind) {
  return kind == AnomalyKind::kSkipped || kind == AnomalyKind::kSkippedRange ||
         kind == AnomalyKind::kRowAbsent || kind == AnomalyKind::kNotAppliedTail;
}

Point Tell(const Anomaly& anomaly, const MemberAudit& audit, const output::ValueFormat& values) {
  Point point{.headline = Headline(anomaly, audit.consistent_index)};
  const bool lost = IsLoss(anomaly.kind);
  AddRows(point, lost ? "lost: " : "the log says: ", anomaly.expected, anomaly.rows_missing,
          values);
  AddRows(point, lost ? "in its place: " : "stored: ", anomaly.found, 0, values);
  if (anomaly.ties.size() > 1) point.details.push_back(TiesText(anomaly));
  if (!anomaly.other_kinds.empty()) point.details.push_back(OtherKindsText(anomaly));
  const bool anything_follows =
      anomaly.kind != AnomalyKind::kNotAppliedTail && anomaly.kind != AnomalyKind::kNotCounted;
  if (anomaly.settled_by) {
    point.details.push_back("it was this and nothing like it, by the database of " +
                            Printable(audit.peers[*anomaly.settled_by]->name) +
                            ", to which the same happened and which still holds more of it");
  }
  if (anomaly.revisions != 0 && anything_follows) point.details.push_back(ShiftedText(anomaly));
  if (anomaly.consequences > 0) {
    point.details.push_back("as a consequence " +
                            Counted(anomaly.consequences, "later entry", "later entries") +
                            " had another effect than intended");
  }
  return point;
}

// "entries 1 to 890: 612 verified, 20 blind (compacted since), 258 without a row"
std::string CoverageText(const AuditReport& report) {
  std::string text = "entries " + NumberOf(report.index_first) + " to " +
                     NumberOf(report.index_last) + ": " + NumberOf(report.verified) + " verified";
  if (report.blind > 0) {
    text += ", " + NumberOf(report.blind) + " blind (what they wrote is compacted" +
            (report.rows_missing > 0 ? " or gone)" : ")");
  }
  if (report.without_rows > 0) text += ", " + NumberOf(report.without_rows) + " without a row";
  if (report.untold > 0) {
    text += ", " + NumberOf(report.untold) + " that the files do not tell the outcome of";
  }
  return text;
}

// How far the rows prove anything.
std::string FollowsText(const AuditReport& report) {
  if (report.follows_to_index == 0) return "the log as it stands gives nothing of what is stored";
  return "the log as it stands gives what is stored up to revision " +
         std::to_string(report.follows_to_revision) + " (entry " +
         NumberOf(report.follows_to_index) + ")";
}

// Entries that the database counts as applied and the log, as far as it can be read, does not have.
bool HasUncoveredTail(const MemberAudit& audit) {
  return audit.report.index_last > 0 && audit.consistent_index > audit.report.index_last;
}

// "stored revision", "stored revision above 276", "revision stored up to entry 303".
std::string CoveredText(const MemberAudit& audit, const char* what) {
  std::string text = std::string("stored ") + what;
  if (HasUncoveredTail(audit)) {
    text = what + (" stored up to entry " + NumberOf(audit.report.index_last));
  }
  if (audit.report.start_revision > 1) {
    text += " above " + std::to_string(audit.report.start_revision);
  }
  return text;
}

// What there is where no entry has been applied since the database began.
std::string NothingSinceText(const AuditReport& report) {
  if (report.start != AuditStart::kRestored) return "nothing is stored, and no entry was applied";
  return "nothing to audit: the database is as `snapshot restore` made it, at revision " +
         std::to_string(report.start_revision);
}

std::string VerdictText(const MemberAudit& audit) {
  if (audit.report.reason == AuditReason::kNothingSince) return NothingSinceText(audit.report);
  const std::string why = ReasonText(audit.report);
  const std::string reason = why.empty() ? "" : ": " + why;
  switch (audit.report.verdict) {
    case AuditVerdict::kExplained:
      return "every " + CoveredText(audit, "revision") + " is explained by the log";
    case AuditVerdict::kAnomalous:
      return "all other " + CoveredText(audit, "revisions") + " are explained by the log";
    case AuditVerdict::kUnexplained: return "the log does not explain what is stored" + reason;
    case AuditVerdict::kNotCovered: return "cannot be audited" + reason;
  }
  return "";
}

// What the log was applied to.
void AddStart(Point& verdict, const MemberAudit& audit) {
  const AuditReport& report = audit.report;
  const std::string revision = std::to_string(report.start_revision);
  switch (report.start) {
    case AuditStart::kEmptyStore: return;
    case AuditStart::kOwnRows:
      verdict.details.push_back("the log was applied to the database's own state as of revision " +
                                revision);
      return;
    case AuditStart::kPeerRows:
      verdict.details.push_back("the log was applied to the state in the database of " +
                                Printable(audit.peers[*report.start_peer]->name) +
                                " as of revision " + revision);
      return;
    case AuditStart::kMigrated:
      verdict.details.push_back("the rows up to revision " + revision +
                                " were made by `etcdctl migrate` from keys of the v2 API");
      return;
    case AuditStart::kRestored: break;
  }
  if (report.start_revision <= 1) {
    verdict.details.emplace_back("begun by `snapshot restore` of an empty store");
  } else if (report.reason != AuditReason::kNothingSince) {
    verdict.details.push_back("begun by `snapshot restore` at revision " + revision +
                              ": no entry explains what it put there");
  }
  if (report.bumped_to > 0) {
    verdict.details.push_back("restored with --bump-revision: on to revision " +
                              std::to_string(report.bumped_to) + ", " +
                              std::to_string(report.bumped_to - report.bumped_from) +
                              " after the newest row that is left of the backup");
  }
}

std::vector<Point> TellAudit(const MemberAudit& audit, const Options& options) {
  const AuditReport& report = audit.report;
  std::vector<Point> points;
  const size_t shown =
      options.all ? report.anomalies.size() : std::min(report.anomalies.size(), kAnomaliesShown);
  for (size_t i = 0; i < shown; ++i) {
    points.push_back(Tell(report.anomalies[i], audit, options.values));
  }
  Point verdict{.headline = VerdictText(audit)};
  if (shown < report.anomalies.size()) {
    verdict.details.push_back("so much for the first " + NumberOf(shown) + " of " +
                              NumberOf(report.anomalies.size()) +
                              " anomalies; --all shows them all");
  }
  if (report.anomalies_dropped && report.verdict == AuditVerdict::kAnomalous) {
    verdict.details.push_back("there are more than these " + NumberOf(report.anomalies.size()) +
                              " anomalies");
  } else if (report.anomalies_dropped) {
    verdict.details.push_back("more than " + NumberOf(AuditReport::kMaxAnomalies) +
                              " anomalies: the log and the database do not belong together");
  }
  AddStart(verdict, audit);
  if (report.verdict == AuditVerdict::kUnexplained) {
    verdict.details.push_back(FollowsText(report));
  }
  if (report.index_last > 0) verdict.details.push_back(CoverageText(report));
  if (HasUncoveredTail(audit)) {
    verdict.details.push_back("not covered: entries " + NumberOf(report.index_last + 1) + " to " +
                              NumberOf(audit.consistent_index) +
                              " count as applied, and the log that can be read ends before them");
  }
  if (report.rows_missing > 0 && report.verdict == AuditVerdict::kAnomalous) {
    verdict.details.push_back("rows of bucket key: " + NumberOf(report.rows_equal) +
                              " as the log says, " + NumberOf(report.rows_missing) + " gone");
  }
  if (report.rows_different > 0) {
    verdict.details.push_back(Counted(report.rows_different, "row", "rows") +
                              " of bucket key differ in the end, " + NumberOf(report.rows_equal) +
                              " do not");
  }
  points.push_back(std::move(verdict));
  return points;
}

}  // namespace

std::string ReasonText(const AuditReport& report) {
  const std::string number = std::to_string(report.reason_number);
  const std::string row = report.reason_number == 0 ? "a row" : "the row of revision " + number;
  switch (report.reason) {
    case AuditReason::kNone: break;
    case AuditReason::kNoLog: return "only a data directory has both a log and a database";
    case AuditReason::kNoDatabase: return "its database cannot be read";
    case AuditReason::kNothingApplied:
      return "the log has no entry that counts as applied to the database";
    case AuditReason::kNothingCounted:
      return "it is as `snapshot restore` made it, and the log beside it has writes that do not "
             "count as applied: etcd stopped before it stored them, or the log is of another time";
    case AuditReason::kNothingSince: return "no entry has been applied since the database began";
    case AuditReason::kNoPlace:
      return "the log does not begin with the database, and no entry was found whose place in the "
             "database is certain";
    case AuditReason::kCancelled: return "the audit was ended before it was done";
    case AuditReason::kTornApart:
      return "rows are missing, and those that are left do not follow from the log";
    case AuditReason::kTooManyAnomalies:
      return "the log and the database do not seem to belong together: " + number +
             " anomalies do not explain it";
    case AuditReason::kTooMuchToTry:
      return "too much would have to be tried to explain the database";
    case AuditReason::kLeftOver:
      return "no entry explains what is stored from revision " + number + " on";
    case AuditReason::kRowNotStored: return row + " is not stored, though the log gives it";
    case AuditReason::kRowNotLogged: return row + " is stored, though the log does not give it";
    case AuditReason::kRowDiffers: return row + " is not stored as the log gives it";
  }
  return "";
}

std::string AuditStory::Names() const {
  std::string names;
  for (const Member* member : members)
    names += (names.empty() ? "" : " ") + Printable(member->name);
  return names;
}

std::vector<AuditStory> TellAudits(const ViewContext& context) {
  std::vector<AuditStory> stories;
  if (!context.options.audit) return stories;  // they only served the choice of a member
  for (const MemberAudit& audit : context.audits) {
    AuditStory story{.members = {audit.member}, .points = TellAudit(audit, context.options)};
    const auto same = std::ranges::find(stories, story.points, &AuditStory::points);
    if (same == stories.end()) {
      stories.push_back(std::move(story));
    } else {
      same->members.push_back(audit.member);
    }
  }
  return stories;
}

}  // namespace etcdf::hashcheck
