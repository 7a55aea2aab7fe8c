// What the members' cluster has committed, as they tell together.
#pragma once

#include <memory>
#include <vector>

#include "compare/committed.h"
#include "hashcheck/evidence.h"

namespace etcdf::hashcheck {

struct ClusterCommit {
  uint64_t index = 0;
  const Member* witness = nullptr;  // in whose log it stands; may have none
  // How many elect the leader, as the database that has applied the most knows them; 0 where that
  // cannot be told.
  size_t voters = 0;
};

// Of those members that can be read.
ClusterCommit FindClusterCommit(const std::vector<Member*>& members);

}  // namespace etcdf::hashcheck
