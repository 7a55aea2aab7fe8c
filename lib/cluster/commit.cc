#include "cluster/commit.h"

#include <algorithm>

#include "member/membership.h"

namespace etcdf::cluster {
namespace {

uint64_t AppliedBy(const Member* member) { return member->status.consistent_index.value_or(0); }

}  // namespace

ClusterCommit FindClusterCommit(const std::vector<Member*>& members) {
  if (members.empty()) return {};
  Member& latest = **std::ranges::max_element(members, {}, AppliedBy);
  std::set<uint64_t> voters;
  FindingList unheard;  // told when the member was opened
  for (const auto& [id, seen] :
       member::ReadMemberBuckets(*latest.database.database, latest.database.path, unheard)) {
    if (seen.standing == member::Standing::kMember) voters.insert(id);
  }
  std::set<uint64_t> seen;
  bool are_distinct = true;
  std::vector<compare::LogWitness> witnesses;
  for (const Member* member : members) {
    const auto identity = member->identity();
    const bool votes = identity && voters.contains(identity->node_id);
    if (votes) are_distinct = seen.insert(identity->node_id).second && are_distinct;
    witnesses.push_back({.log = member->log ? &*member->log : nullptr,
                         .committed = member->committed(),
                         .votes = votes});
  }
  if (!are_distinct) voters.clear();
  const compare::CommittedIndex committed =
      compare::FindCommitted(witnesses, {.voters = voters.size(), .as_of = AppliedBy(&latest)});
  return {.index = committed.index, .witness = members[committed.witness], .voters = voters};
}

}  // namespace etcdf::cluster
