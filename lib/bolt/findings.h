// What can be wrong with a bbolt file. docs/findings.md explains each.
#pragma once

#include "base/finding.h"

namespace etcdf::bolt {

// The file as a whole.
inline constexpr FindingKind kBadMeta{"bolt.bad_meta", Severity::kDamage};
inline constexpr FindingKind kNoValidMeta{"bolt.no_valid_meta", Severity::kDamage};
inline constexpr FindingKind kMetasApart{"bolt.metas_apart", Severity::kSuspect};
inline constexpr FindingKind kTruncated{"bolt.truncated", Severity::kDamage};

// What a walk through a bucket meets.
inline constexpr FindingKind kBadPage{"bolt.bad_page", Severity::kDamage};
inline constexpr FindingKind kEmptyPage{"bolt.empty_page", Severity::kDamage};
inline constexpr FindingKind kPageReused{"bolt.page_reused", Severity::kDamage};
inline constexpr FindingKind kBadElement{"bolt.bad_element", Severity::kDamage};
inline constexpr FindingKind kKeyOrder{"bolt.key_order", Severity::kDamage};
inline constexpr FindingKind kBadBucket{"bolt.bad_bucket", Severity::kDamage};
inline constexpr FindingKind kNestedBucket{"bolt.nested_bucket", Severity::kSuspect};

// What only the sum of all pages shows.
inline constexpr FindingKind kPageShared{"bolt.page_shared", Severity::kDamage};
inline constexpr FindingKind kNotAFreelist{"bolt.not_a_freelist", Severity::kDamage};
inline constexpr FindingKind kBadFreelist{"bolt.bad_freelist", Severity::kDamage};
inline constexpr FindingKind kReachableFree{"bolt.reachable_free", Severity::kDamage};
inline constexpr FindingKind kBeyondHighWater{"bolt.beyond_high_water", Severity::kDamage};
inline constexpr FindingKind kLostPages{"bolt.lost_pages", Severity::kSuspect};

}  // namespace etcdf::bolt
