#include "cluster/nodes.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "base/escape.h"
#include "cluster/findings.h"
#include "member/membership.h"
#include "wal/log_head.h"

namespace etcdf::cluster {
namespace {

bool AreOne(const Member& a, const Member& b) {
  if (a.running && b.running) return a.identity()->node_id == b.identity()->node_id;
  std::error_code unknown;
  return std::filesystem::equivalent(a.source, b.source, unknown) ||
         std::filesystem::equivalent(a.database.path, b.database.path, unknown);
}

// Who belongs to the cluster, by the member's database; empty where it does not say.
std::set<uint64_t> MembersBy(const Member& member) {
  std::set<uint64_t> ids;
  if (!member.has_database()) return ids;
  FindingList unheard;  // told when the member was opened
  for (const auto& [id, seen] :
       member::ReadMemberBuckets(*member.database.database, member.database.path, unheard)) {
    if (seen.standing == member::Standing::kMember || seen.standing == member::Standing::kLearner) {
      ids.insert(id);
    }
  }
  return ids;
}

// By the database that has applied the most.
template <typename Members>
std::set<uint64_t> MembersByLatest(const Members& members) {
  std::set<uint64_t> latest;
  uint64_t applied = 0;
  for (const auto& member : members) {
    const uint64_t index = member->status.consistent_index.value_or(0);
    if (!member->has_database() || (!latest.empty() && index <= applied)) continue;
    applied = index;
    latest = MembersBy(*member);
  }
  return latest;
}

// Who began the cluster, where a restore did: that of etcd 3.4 leaves the members of the backup in
// the database (etcd v3.4.23, clientv3/snapshot/v3_snapshot.go, saveDB).
size_t FoundersByLogs(const std::vector<Member*>& members) {
  size_t founders = 0;
  for (const Member* member : members) {
    const wal::LogHead head = member->log ? wal::ReadLogHead(*member->log) : wal::LogHead();
    if (head.is_restore()) founders = std::max<size_t>(founders, head.additions);
  }
  return founders;
}

}  // namespace

compare::Nodes CountNodes(const std::vector<Member*>& members) {
  std::map<uint64_t, size_t> by_id;
  std::vector<size_t> node_of(members.size());
  size_t unnamed = 0;
  for (size_t i = 0; i < members.size(); ++i) {
    node_of[i] = members[i]->readable() ? i : compare::Nodes::kNoVote;
    if (!members[i]->readable()) continue;
    const auto identity = members[i]->identity();
    if (identity) node_of[i] = by_id.try_emplace(identity->node_id, i).first->second;
    for (size_t j = 0; j < i && node_of[i] == i; ++j) {
      if (AreOne(*members[i], *members[j])) node_of[i] = node_of[j];
    }
    if (!identity && node_of[i] == i) ++unnamed;
  }
  const size_t in_cluster = std::max(MembersByLatest(members).size(), FoundersByLogs(members));
  if (by_id.empty() || in_cluster == 0 || by_id.size() + unnamed <= in_cluster) {
    return compare::Nodes(std::move(node_of));
  }
  for (size_t i = 0; i < members.size(); ++i) {
    if (!members[i]->identity() && node_of[i] == i) node_of[i] = compare::Nodes::kNoVote;
  }
  return compare::Nodes(std::move(node_of));
}

std::optional<std::pair<const Member*, const Member*>> FindSame(
    const std::vector<Member*>& members) {
  for (size_t i = 0; i < members.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (AreOne(*members[j], *members[i])) return std::pair(members[j], members[i]);
    }
  }
  return std::nullopt;
}

std::optional<uint64_t> ClusterOf(const Member& member,
                                  const std::vector<std::unique_ptr<Member>>& members) {
  if (const auto identity = member.identity()) return identity->cluster_id;
  const std::set<uint64_t> ids = MembersBy(member);
  std::set<uint64_t> clusters;
  for (const auto& other : members) {
    const auto identity = other->identity();
    if (identity && ids.contains(identity->node_id)) clusters.insert(identity->cluster_id);
  }
  if (clusters.size() != 1) return std::nullopt;
  return *clusters.begin();
}

void CheckNodes(const std::vector<std::unique_ptr<Member>>& members) {
  std::map<std::pair<uint64_t, uint64_t>, Member*> seen;  // by cluster and node
  std::vector<std::pair<Member*, Member*>> twins;
  for (const auto& member : members) {
    const auto identity = member->identity();
    if (!identity) continue;
    const auto [first, is_new] =
        seen.try_emplace({identity->cluster_id, identity->node_id}, member.get());
    if (!is_new && !AreOne(*first->second, *member))
      twins.emplace_back(first->second, member.get());
  }
  for (const auto& [first, second] : twins) {
    std::set<uint64_t> missing = MembersByLatest(std::vector<Member*>{first, second});
    for (const auto& [id, member] : seen) missing.erase(id.second);
    Finding finding{
        .kind = kMemberSameNode,
        .file = second->source,
        .what = first->name + " and " + second->name + " are both node " +
                HexId(second->identity()->node_id),
        .consequence = "two states of one member are one witness, not two: do not count votes"};
    if (missing.empty() || first->running || second->running) {
      second->findings.Report(std::move(finding));
      continue;
    }
    finding.kind = kMemberSameNodeMissing;
    finding.what += ", and member " + HexId(*missing.begin()) + " of their cluster is not here";
    finding.consequence =
        "a copy may stand where the other member belongs: use neither before one is put away";
    for (Member* member : {first, second}) {
      finding.file = member->source;
      member->findings.Report(finding);
    }
  }
}

}  // namespace etcdf::cluster
