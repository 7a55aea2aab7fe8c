// What is found of members together.
#pragma once

#include "base/finding.h"

namespace etcdf::cluster {

inline constexpr FindingKind kMemberSameNode{"member.same_node", Severity::kNote};
// The same, while another member of their cluster is not among those given.
inline constexpr FindingKind kMemberSameNodeMissing{"member.same_node_one_missing",
                                                    Severity::kSuspect};

}  // namespace etcdf::cluster
