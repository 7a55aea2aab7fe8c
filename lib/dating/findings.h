// What is odd about the clocks of a history.
#pragma once

#include <string>

#include "base/finding.h"
#include "dating/judge.h"

namespace etcdf::dating {

// None of the times of a clock are used.
inline constexpr FindingKind kClockOff{"dating.clock_off", Severity::kNote};
// Some of the times of a clock that is right otherwise.
inline constexpr FindingKind kTimesLeftOut{"dating.times_left_out", Severity::kNote};

// `file`: as findings name the evidence.
void ReportClocks(const Verdict& verdict, const std::string& file, FindingSink& findings);

// "2026-11-30T07:19:00.000000Z".
std::string TimeText(Micros time);

}  // namespace etcdf::dating
