// Who has a vote among the members compared, and which side has the majority of them.
//
// Two states of one node, such as a member and a copy of it, are one witness.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace etcdf::compare {

class Nodes {
 public:
  // Of a member whose node is not known and may be that of another member.
  static constexpr size_t kNoVote = SIZE_MAX;

  Nodes() = default;
  // Each member a node of its own.
  explicit Nodes(size_t members);
  // By member: members of one number are one node.
  explicit Nodes(std::vector<size_t> node_of);

  size_t members() const { return node_of_.size(); }
  size_t Of(size_t member) const { return node_of_[member]; }
  // How many vote.
  size_t count() const { return count_; }

  // The group that more than half of the nodes are in, by the group of each member. A node whose
  // members are in different groups is in none. One node alone is no majority.
  std::optional<int> MajorityOf(std::span<const int> group_of) const;

 private:
  std::vector<size_t> node_of_;
  size_t count_ = 0;
};

}  // namespace etcdf::compare
