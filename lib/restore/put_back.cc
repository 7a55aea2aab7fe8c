#include "restore/put_back.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "base/counted.h"
#include "base/escape.h"
#include "cluster/across_restore.h"
#include "compare/committed.h"
#include "restore/findings.h"
#include "restore/own_requests.h"

namespace etcdf::restore {
namespace {

using cluster::ClusterCommit;
using cluster::Member;

// No other voter's requests look like this one's.
bool IsAloneWithBits(uint64_t node, const std::set<uint64_t>& voters) {
  return std::ranges::none_of(
      voters, [&](uint64_t other) { return other != node && (other & 0xffff) == (node & 0xffff); });
}

class Finder {
 public:
  Finder(const Member& member, const ClusterCommit& commit)
      : member_(member), commit_(commit), identity_(*member.identity()) {
    end_ = std::max(member.log->summary().entries.index_last, member.committed());
  }

  std::optional<PutBack> AskLogOf(const Member& other) const {
    const auto theirs = other.identity();
    if (!other.log || !theirs || theirs->cluster_id != identity_.cluster_id) return std::nullopt;
    if (theirs->node_id == identity_.node_id || !GoesOn(other)) return std::nullopt;
    if (cluster::IsAcrossRestore(member_, other)) return std::nullopt;
    auto found = AskForRequests(other);
    return found ? found : AskForVote(other);
  }

 private:
  // The other log is this one, and more. Where they have no entry in common they cannot contradict.
  bool GoesOn(const Member& other) const {
    const wal::EntryCount& own = member_.log->summary().entries;
    const wal::EntryCount& theirs = other.log->summary().entries;
    if (own.live == 0 || theirs.index_first > own.index_last) return true;
    return compare::AgreeUntil(*member_.log, *other.log) >= own.index_last;
  }

  std::optional<PutBack> AskForRequests(const Member& other) const {
    const bool goes_on = other.log->summary().entries.index_last > end_ && commit_.index > end_;
    if (!goes_on || !IsAloneWithBits(identity_.node_id, commit_.voters)) return std::nullopt;
    const OwnRequests own =
        FindRequestsOf(identity_.node_id, *other.log, {.after = end_, .until = commit_.index});
    if (own.rounds <= kInFlightMax) return std::nullopt;
    return PutBack{
        .witness = &other, .log_end = end_, .requests = own.count, .index_last = own.index_last};
  }

  std::optional<PutBack> AskForVote(const Member& other) const {
    const uint64_t term = member_.log->summary().state.term;
    if (term == 0 || other.log->summary().state.term <= term) return std::nullopt;
    const uint64_t voted = FindVoteFor(identity_.node_id, *other.log);
    if (voted <= term) return std::nullopt;
    return PutBack{.witness = &other, .log_end = end_, .vote_term = voted, .term = term};
  }

  const Member& member_;
  const ClusterCommit& commit_;
  wire::Metadata identity_;
  uint64_t end_ = 0;
};

Finding FindingOf(const Member& member, const PutBack& found) {
  const std::string witness = Printable(found.witness->name);
  std::string what;
  if (found.requests > 0) {
    what = "the log ends at entry " + std::to_string(found.log_end) + ", and that of " + witness +
           " has " + Counted(found.requests, "later request", "later requests") +
           " of this member, the last at entry " + std::to_string(found.index_last);
  } else {
    what = "the log knows of no term after " + std::to_string(found.term) + ", and " + witness +
           " voted for this member in term " + std::to_string(found.vote_term);
  }
  return {.kind = kMemberPutBack,
          .file = member.source,
          .what = std::move(what),
          .consequence =
              "an older copy of it was put back, or its log lost its end: it may have "
              "acknowledged what it no longer has, and vote twice in a term"};
}

}  // namespace

std::optional<PutBack> FindPutBack(const Member& member, const Members& members,
                                   const ClusterCommit& commit) {
  if (!member.log || !member.identity()) return std::nullopt;
  const Finder finder(member, commit);
  std::optional<PutBack> furthest;
  for (const auto& other : members) {
    if (other.get() == &member) continue;
    const auto found = finder.AskLogOf(*other);
    if (found && (!furthest || found->index_last > furthest->index_last)) furthest = found;
  }
  return furthest;
}

void CheckPutBack(const Members& members) {
  if (members.size() < 2) return;
  std::vector<Member*> readable;
  for (const auto& member : members) {
    if (member->has_database()) readable.push_back(member.get());
  }
  for (const auto& member : members) {
    const ClusterCommit commit = cluster::FindClusterCommit(cluster::OfOneLog(*member, readable));
    const auto found = FindPutBack(*member, members, commit);
    if (found) member->findings.Report(FindingOf(*member, *found));
  }
}

}  // namespace etcdf::restore
