// Which members are in one state: the classes they fall into, and which class has the majority.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cluster/relations.h"
#include "compare/nodes.h"

namespace etcdf::cluster {

struct Partition {
  // Each member is in one; by size, then by the first member. What is said of a class holds as far
  // as its members could be compared.
  std::vector<std::vector<size_t>> classes = {};
  // Those of whom it is not known that they differ from all other classes, in the order of members.
  std::vector<size_t> unplaced = {};
  // The first class is that of more than half of the nodes.
  bool has_majority = false;
  // Who differs from the majority; empty without one.
  std::vector<size_t> minority = {};

  // The number of the member's class.
  size_t ClassOf(size_t member) const;
};

// `reach` of each member is how much of the history it has: who has more decides who is in one
// class with whom, and who has less is with those that it is the same as.
Partition MakePartition(const Relations& relations, std::span<const uint64_t> reach,
                        const compare::Nodes& nodes);

}  // namespace etcdf::cluster
