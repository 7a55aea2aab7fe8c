// What can be wrong with the rows of etcd's buckets. docs/findings.md explains each.
#pragma once

#include "base/finding.h"

namespace etcdf::mvcc {

inline constexpr FindingKind kBadRowKey{"mvcc.bad_row_key", Severity::kDamage};
inline constexpr FindingKind kBadRowValue{"mvcc.bad_row_value", Severity::kDamage};
inline constexpr FindingKind kRowContradiction{"mvcc.row_contradiction", Severity::kDamage};
inline constexpr FindingKind kMigrated{"mvcc.migrated", Severity::kNote};
inline constexpr FindingKind kRevisionGap{"mvcc.revision_gap", Severity::kDamage};
inline constexpr FindingKind kEndsBeforeCompaction{"mvcc.ends_before_compaction",
                                                   Severity::kSuspect};
inline constexpr FindingKind kBadMeta{"mvcc.bad_meta", Severity::kDamage};
inline constexpr FindingKind kUnknownRow{"mvcc.unknown_row", Severity::kSuspect};
inline constexpr FindingKind kBadAuthRow{"mvcc.bad_auth_row", Severity::kDamage};
inline constexpr FindingKind kBadAlarmRow{"mvcc.bad_alarm_row", Severity::kDamage};
inline constexpr FindingKind kBadLease{"mvcc.bad_lease", Severity::kDamage};
inline constexpr FindingKind kLeaseMissing{"mvcc.lease_missing", Severity::kSuspect};
inline constexpr FindingKind kLeaseWithoutKeys{"mvcc.lease_without_keys", Severity::kNote};

}  // namespace etcdf::mvcc
