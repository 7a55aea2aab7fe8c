// Says what the edits of a script mean, in terms of entries and rows.
#pragma once

#include <span>
#include <vector>

#include "audit/plan.h"
#include "audit/remains.h"
#include "audit/report_types.h"
#include "audit/walk.h"

namespace etcdf::audit {

// The anomalies that an explanation's edits stand for, ascending by index. `walk` is at its end,
// under the explanation's script; it comes back there.
std::vector<Anomaly> AnomaliesOf(Walk& walk, const Explanation& explanation);

// A kRowAbsent for each stretch of missing rows, and a kUnlogged for each stray. `walk` is at its
// end, and stays there.
std::vector<Anomaly> AnomaliesOf(const Walk& walk, const Remains& remains);

}  // namespace etcdf::audit
