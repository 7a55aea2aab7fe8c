#include "cluster/ahead.h"

#include <algorithm>

#include "apply/rules.h"
#include "cluster/commit.h"
#include "compare/committed.h"

namespace etcdf::cluster {
namespace {

constexpr uint64_t kBytesMax = uint64_t{64} << 20;

uint64_t AppliedBy(const Member* member) { return member->status.consistent_index.value_or(0); }

// Up to where the member's own log leads for certain.
uint64_t ReachOf(const Member& member, const ClusterCommit& of_all) {
  uint64_t committed = member.committed();
  if (of_all.witness != nullptr && of_all.witness->log) {
    committed = std::max(
        committed, std::min(of_all.index, compare::AgreeUntil(*of_all.witness->log, *member.log)));
  }
  return std::min(committed, replay::ReachOf(*member.log, AppliedBy(&member)));
}

}  // namespace

std::vector<std::optional<replay::StateAt>> LeadOn(const std::vector<Member*>& members) {
  std::vector<std::optional<replay::StateAt>> ahead(members.size());
  if (members.empty()) return ahead;
  const uint64_t most = AppliedBy(*std::ranges::max_element(members, {}, AppliedBy));
  std::optional<ClusterCommit> of_all;
  for (size_t i = 0; i < members.size(); ++i) {
    Member& member = *members[i];
    const uint64_t applied = AppliedBy(&member);
    if (applied == 0 || applied >= most || !member.log || member.rolled) continue;
    if (member.database.database->size_bytes() > kBytesMax) continue;
    if (!of_all) of_all = FindClusterCommit(members);
    const uint64_t until = std::min(most, ReachOf(member, *of_all));
    if (until <= applied) continue;
    auto state = replay::RollForward(member.StoreOnDisk(), *member.log, until,
                                     apply::LikelyRules(member.status));
    if (state) ahead[i] = *std::move(state);
  }
  return ahead;
}

}  // namespace etcdf::cluster
