// What dump-db finds that no library unit does. docs/findings.md explains each.
#pragma once

#include "base/finding.h"

namespace etcdf::dump_db {

inline constexpr FindingKind kScanNotARow{"scan.not_a_row", Severity::kNote};
inline constexpr FindingKind kTimelineBegins{"timeline.begins", Severity::kNote};
inline constexpr FindingKind kMetasDamaged{"metas.damaged", Severity::kDamage};
inline constexpr FindingKind kMetasOtherDamaged{"metas.other_damaged", Severity::kNote};

}  // namespace etcdf::dump_db
