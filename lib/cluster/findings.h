// What is found of members together.
#pragma once

#include "base/finding.h"

namespace etcdf::cluster {

inline constexpr FindingKind kMemberSameNode{"member.same_node", Severity::kNote};

}  // namespace etcdf::cluster
