// Says what the edits of a script mean, in terms of entries and rows.
#pragma once

#include <vector>

#include "audit/audit.h"
#include "audit/plan.h"
#include "audit/walk.h"

namespace etcdf::audit {

// The anomalies that an explanation's edits stand for, ascending by index. `walk` is at its end,
// under the explanation's script; it comes back there.
std::vector<Anomaly> AnomaliesOf(Walk& walk, const Explanation& explanation);

}  // namespace etcdf::audit
