// Members as their own logs lead on, in memory: what they have yet to apply of that which another
// member has applied.
#pragma once

#include <optional>
#include <vector>

#include "cluster/member.h"
#include "replay/roll_forward.h"

namespace etcdf::cluster {

// By member, all of which have databases; nothing where its own log does not lead on, where it has
// nothing to catch up with, or where the database is too large to be held in memory in passing.
// Only what is known to be committed is applied.
std::vector<std::optional<replay::StateAt>> LeadOn(const std::vector<Member*>& members);

}  // namespace etcdf::cluster
