// What hashcheck finds that no library unit does. docs/findings.md explains each.
#pragma once

#include "base/finding.h"

namespace etcdf::hashcheck {

inline constexpr FindingKind kDigestOfDamage{"digest.of_damage", Severity::kDamage};
inline constexpr FindingKind kMemberForeignWal{"member.foreign_wal", Severity::kSuspect};
inline constexpr FindingKind kMemberReportsError{"member.reports_error", Severity::kNote};

}  // namespace etcdf::hashcheck
