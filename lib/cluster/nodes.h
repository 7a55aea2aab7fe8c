// Which members are states of one node, and which are of one cluster.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "cluster/member.h"
#include "compare/nodes.h"

namespace etcdf::cluster {

// By identity. A database that does not say whose it is counts as another node, unless the others
// and these are more than the cluster has members: then some of them are copies, and none has a
// vote. Nor has one that cannot be read.
compare::Nodes CountNodes(const std::vector<Member*>& members);

// The first two members that are one and the same, given twice.
std::optional<std::pair<const Member*, const Member*>> FindSame(
    const std::vector<Member*>& members);

// Which cluster the member is of: as its log or it itself says; else that of the members whom its
// database names, if they are of one.
std::optional<uint64_t> ClusterOf(const Member& member,
                                  const std::vector<std::unique_ptr<Member>>& members);

// Reports members that are states of one node. While another member of that cluster is not among
// those given, the one may have been put in the place of the other.
void CheckNodes(const std::vector<std::unique_ptr<Member>>& members);

}  // namespace etcdf::cluster
