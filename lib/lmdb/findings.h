// What can be wrong with an LMDB file. docs/findings.md explains each.
#pragma once

#include "base/finding.h"

namespace etcdf::lmdb {

inline constexpr FindingKind kBadMeta{"lmdb.bad_meta", Severity::kDamage};
inline constexpr FindingKind kTruncated{"lmdb.truncated", Severity::kDamage};
inline constexpr FindingKind kBadPage{"lmdb.bad_page", Severity::kDamage};
inline constexpr FindingKind kBadRow{"lmdb.bad_row", Severity::kDamage};
inline constexpr FindingKind kKeyOrder{"lmdb.key_order", Severity::kDamage};
inline constexpr FindingKind kRowCount{"lmdb.row_count", Severity::kDamage};

}  // namespace etcdf::lmdb
