// --roll-forward: members that stopped at different indexes, brought to a common one in memory.
#pragma once

#include <memory>
#include <vector>

#include "hashcheck/evidence.h"

namespace etcdf::hashcheck {

// Rolls every member that can be read as far as its own log leads and the entries are known to be
// committed (compare/committed.h), but none further than all reach that can: to one index, then. A
// member that cannot even reach what another's database has applied stays behind, at its own.
void RollForward(const std::vector<std::unique_ptr<Member>>& members);

}  // namespace etcdf::hashcheck
