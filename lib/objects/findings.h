// What is odd about stored objects.
#pragma once

#include "base/finding.h"

namespace etcdf::objects {

inline constexpr FindingKind kBrokenValue{"kubernetes.broken_value", Severity::kDamage};
inline constexpr FindingKind kBeyondLimits{"kubernetes.beyond_limits", Severity::kSuspect};
inline constexpr FindingKind kOddText{"kubernetes.not_utf8", Severity::kNote};
inline constexpr FindingKind kUnknownField{"kubernetes.unknown_field", Severity::kNote};
inline constexpr FindingKind kUnknownKind{"kubernetes.unknown_kind", Severity::kNote};
inline constexpr FindingKind kNotOpened{"encryption.not_opened", Severity::kNote};
inline constexpr FindingKind kCannotOpen{"encryption.cannot_open", Severity::kSuspect};

}  // namespace etcdf::objects
