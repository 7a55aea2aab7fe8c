// Other databases as witnesses of a member's past. One that went through the same and stopped
// earlier, be it a copy of the member or another that took a snapshot from it, still holds rows
// that are compacted in the member's own.
//
// A witness is not believed, it is held against the log itself: what it has to say counts only if
// an explanation of the member's database gives the witness' database, too, byte for byte, and the
// log without the anomaly does not. A sound peer is what the log says, so it tells nothing of what
// happened to another member, and a peer with a harm of its own agrees with no explanation.
#pragma once

#include <span>

#include "audit/audit.h"
#include "audit/plan.h"
#include "audit/trials.h"

namespace etcdf::audit {

// Keeps of the explanations that give the member's database alike those that give a peer's as well,
// where some do and some do not, and notes which peer it was. A revision that no entry explains
// gets its row back, if a peer has it. `explanation` is complete. Leaves the walk at its end, under
// the script that is left.
void SettleTies(Trials& trials, const mvcc::Store& database, std::span<const Peer> peers,
                Explanation& explanation);

}  // namespace etcdf::audit
