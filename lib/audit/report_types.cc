#include "audit/report_types.h"

namespace etcdf::audit {

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
    case AnomalyKind::kNotCounted: return "not_counted";
    case AnomalyKind::kNotAppliedTail: break;
  }
  return "not_applied_tail";
}

const char* AuditReasonName(AuditReason reason) {
  switch (reason) {
    case AuditReason::kNoLog: return "no_log";
    case AuditReason::kNoDatabase: return "no_database";
    case AuditReason::kNothingApplied: return "nothing_applied";
    case AuditReason::kNothingCounted: return "nothing_counted";
    case AuditReason::kNothingSince: return "nothing_since";
    case AuditReason::kNoPlace: return "no_place";
    case AuditReason::kCancelled: return "cancelled";
    case AuditReason::kTornApart: return "torn_apart";
    case AuditReason::kTooManyAnomalies: return "too_many_anomalies";
    case AuditReason::kTooMuchToTry: return "too_much_to_try";
    case AuditReason::kLeftOver: return "left_over";
    case AuditReason::kRowNotStored: return "row_not_stored";
    case AuditReason::kRowNotLogged: return "row_not_logged";
    case AuditReason::kRowDiffers: return "row_differs";
    case AuditReason::kNone: break;
  }
  return "";
}

const char* AuditStartName(AuditStart start) {
  switch (start) {
    case AuditStart::kEmptyStore: break;
    case AuditStart::kOwnRows: return "own_rows";
    case AuditStart::kPeerRows: return "peer_rows";
    case AuditStart::kRestored: return "restored";
    case AuditStart::kMigrated: return "migrated";
  }
  return "empty_store";
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

}  // namespace etcdf::audit
