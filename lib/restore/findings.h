// What is found of members where it is asked which of them to start.
#pragma once

#include "base/finding.h"

namespace etcdf::restore {

// Its files are of an earlier time than what the other members have of it.
inline constexpr FindingKind kMemberPutBack{"member.put_back", Severity::kSuspect};

}  // namespace etcdf::restore
