// What the members' cluster has committed, as they tell together.
#pragma once

#include <set>
#include <vector>

#include "cluster/member.h"
#include "compare/committed.h"

namespace etcdf::cluster {

struct ClusterCommit {
  uint64_t index = 0;
  const Member* witness = nullptr;  // in whose log it stands; may have none
  // Who elects the leader, as the database that has applied the most knows them; empty where two of
  // the members are one voter.
  std::set<uint64_t> voters = {};
};

// Of those members that can be read.
ClusterCommit FindClusterCommit(const std::vector<Member*>& members);

}  // namespace etcdf::cluster
