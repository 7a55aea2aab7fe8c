#include "compare/nodes.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

namespace etcdf::compare {

Nodes::Nodes(size_t members) : node_of_(members), count_(members) {
  std::iota(node_of_.begin(), node_of_.end(), size_t{0});
}

Nodes::Nodes(std::vector<size_t> node_of) : node_of_(std::move(node_of)) {
  std::set<size_t> nodes(node_of_.begin(), node_of_.end());
  nodes.erase(kNoVote);
  count_ = nodes.size();
}

std::optional<int> Nodes::MajorityOf(std::span<const int> group_of) const {
  if (count_ < 2) return std::nullopt;  // nobody else is there to say so
  struct Vote {
    int group = 0;
    bool split = false;
  };
  std::map<size_t, Vote> votes;
  for (size_t i = 0; i < node_of_.size(); ++i) {
    if (node_of_[i] == kNoVote) continue;
    const auto [vote, is_new] = votes.try_emplace(node_of_[i], Vote{.group = group_of[i]});
    if (!is_new && vote->second.group != group_of[i]) vote->second.split = true;
  }
  std::map<int, size_t> counts;
  for (const auto& [node, vote] : votes) {
    if (!vote.split) ++counts[vote.group];
  }
  const auto most =
      std::ranges::find_if(counts, [&](const auto& group) { return group.second * 2 > count_; });
  if (most == counts.end()) return std::nullopt;
  return most->first;
}

}  // namespace etcdf::compare
