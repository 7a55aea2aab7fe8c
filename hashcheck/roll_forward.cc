#include "hashcheck/roll_forward.h"

#include <algorithm>
#include <utility>

#include "cluster/commit.h"

namespace etcdf::hashcheck {
namespace {

using cluster::ClusterCommit;
using cluster::FindClusterCommit;
using cluster::Rolled;

uint64_t AppliedBy(const Member& member) { return member.status.consistent_index.value_or(0); }

class Roller {
 public:
  explicit Roller(const std::vector<std::unique_ptr<Member>>& members) {
    for (const auto& member : members) {
      if (member->has_database()) members_.push_back(member.get());
    }
  }

  void Run() {
    if (members_.empty()) return;
    committed_ = FindClusterCommit(members_);
    const uint64_t common = CommonIndex();
    for (Member* member : members_) Roll(*member, common);
  }

 private:
  // How far the member can be rolled by itself.
  uint64_t ReachOf(const Member& member) const {
    const uint64_t applied = AppliedBy(member);
    if (!member.log) return applied;
    uint64_t known = member.committed();
    if (committed_.witness->log) {
      known = std::max(known, std::min(committed_.index,
                                       compare::AgreeUntil(*committed_.witness->log, *member.log)));
    }
    return std::max(applied, std::min(known, replay::ReachOf(*member.log, applied)));
  }

  // What all can reach that reach what any of them has applied.
  uint64_t CommonIndex() const {
    uint64_t applied = 0;
    for (const Member* member : members_) applied = std::max(applied, AppliedBy(*member));
    uint64_t common = UINT64_MAX;
    for (const Member* member : members_) {
      const uint64_t reach = ReachOf(*member);
      if (reach >= applied) common = std::min(common, reach);
    }
    return common;
  }

  void Roll(Member& member, uint64_t common) const {
    const uint64_t applied = AppliedBy(member);
    const uint64_t to = std::min(common, ReachOf(member));
    Rolled rolled{.from = applied, .state = {.index = to}};
    if (to < common) rolled.short_of = WhyNotBeyond(member, to, common);
    if (to > applied) {
      auto state = replay::RollForward(member.StoreOnDisk(), *member.log, to,
                                       apply::LikelyRules(member.status));
      if (state) {
        rolled.state = *std::move(state);
      } else {
        rolled.state.index = applied;
        rolled.short_of = state.error().Message();
      }
    }
    member.rolled = std::move(rolled);
    if (member.rolled->state.database) member.status = mvcc::ReadStatus(member.Store());
  }

  static std::string WhyNotBeyond(const Member& member, uint64_t reached, uint64_t index) {
    if (!member.log) return "it has no raft log";
    const uint64_t applied = AppliedBy(member);
    if (replay::ReachOf(*member.log, applied) > reached) {
      return "what its log has behind that is not known to be committed";
    }
    const auto leads = replay::CheckLeads(*member.log, applied, index);
    return leads ? std::string() : leads.error().Message();
  }

  std::vector<Member*> members_;
  ClusterCommit committed_;
};

}  // namespace

void RollForward(const std::vector<std::unique_ptr<Member>>& members) { Roller(members).Run(); }

}  // namespace etcdf::hashcheck
