// What followed from anomalies: entries that had another effect in the member's own world than they
// have in that of the log.
#pragma once

#include <vector>

#include "audit/report_types.h"
#include "audit/walk.h"

namespace etcdf::audit {

// Counts for each anomaly the entries behind it, up to the next, whose effect is another than by
// `faithful`, a store as it was in front of the entry at `position`, to which the log is applied as
// it stands from there on. Other revisions, versions and create revisions are no other effect, nor
// are deletes that find other keys: they delete what there is, as they say. `walk` is at its end
// under the script whose edits are the anomalies.
void CountConsequences(Walk& walk, apply::MemberStore& faithful, size_t position,
                       std::vector<Anomaly>& anomalies);

}  // namespace etcdf::audit
