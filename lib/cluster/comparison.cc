#include "cluster/comparison.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <span>

#include "cluster/across_restore.h"
#include "cluster/ahead.h"
#include "cluster/entry_behind.h"
#include "cluster/lag.h"
#include "cluster/live_hashes.h"
#include "cluster/nodes.h"
#include "compare/parting.h"
#include "mvcc/findings.h"
#include "mvcc/schema.h"

namespace etcdf::cluster {
namespace {

// The members that can be compared, and why not all can.
std::vector<Member*> Choose(Group& group) {
  std::vector<Member*> readable;
  for (Member* member : group.members) {
    if (member->readable()) {
      readable.push_back(member);
    } else if (!group.doubt) {
      group.doubt = {.kind = DoubtKind::kUnreadable, .a = member};
    }
    if (member->has_database()) group.compared.push_back(member);
    if (member->has_database() || member->log) group.logged.push_back(member);
  }
  if (readable.size() < 2 && group.doubt && !readable.empty()) {
    group.doubt->kind = DoubtKind::kNothingLeft;
  }
  return readable;
}

// What a digest or a running member says may be any number.
int64_t Revision(std::optional<uint64_t> fact) {
  return static_cast<int64_t>(std::min<uint64_t>(fact.value_or(0), INT64_MAX));
}

// Revisions that all members have, or nothing and the doubt.
void FindWindow(const std::vector<Member*>& members, Group& result) {
  compare::Window window{.compacted = 0, .until = INT64_MAX};
  Doubt doubt{.kind = DoubtKind::kNoWindow};
  for (const Member* member : members) {
    const digest::Facts facts = member->Facts();
    if (Revision(facts.compact_revision) > window.compacted) {
      window.compacted = Revision(facts.compact_revision);
      doubt.b = member;
    }
    if (Revision(facts.revision) < window.until) {
      window.until = Revision(facts.revision);
      doubt.a = member;
    }
  }
  result.window.reset();
  if (window.until > 0 && window.compacted <= window.until) {
    result.window = window;
    return;
  }
  doubt.revision = window.until;
  doubt.compacted = window.compacted;
  result.doubt = doubt;
}

// The window, and the hashes of running members at its end. They move on meanwhile, and what they
// have compacted is known from their answers only.
void AskRunning(const std::vector<Member*>& members, Group& result) {
  std::vector<Member*> running;
  std::ranges::copy_if(members, std::back_inserter(running),
                       [](const Member* member) { return member->running != nullptr; });
  FindWindow(members, result);
  for (int question = 1; !running.empty() && result.window; ++question) {
    const bool settled = AskForHashes(running, result.window->until);
    if (!settled && question < kMaxQuestions) Refresh(running);
    FindWindow(members, result);
    if (settled || question == kMaxQuestions) break;
  }
}

// Whether all rows of its keys could be decoded, as far as counting them has shown.
bool IsReadableThroughout(const Member& member) {
  return std::ranges::none_of(member.findings.findings(), [](const Finding& finding) {
    return finding.kind.id == mvcc::kBadRowKey.id || finding.kind.id == mvcc::kBadRowValue.id;
  });
}

// HashKV is of the window's end, so that equal members have equal ones.
void HashAll(const Group& result) {
  const Member* counted = nullptr;  // whose keys all have whose rows were compared to the last
  for (Member* member : result.members) {
    if (!member->has_database()) continue;
    if (!result.window) {
      HashMember(*member, std::nullopt, nullptr);
      continue;
    }
    const compare::Window& window = *result.window;
    const bool is_equal =
        result.by_rows() && result.history.same_keys && member->status.revision <= window.until;
    HashMember(*member, {{.revision = window.until, .compacted = window.compacted}},
               is_equal ? counted : nullptr);
    if (is_equal && counted == nullptr && IsReadableThroughout(*member)) counted = member;
  }
}

// A digest has a HashKV at its own revision, which may be the window's end.
void TakeHashesOfDigests(const std::vector<Member*>& members, const Group& result) {
  for (Member* member : members) {
    if (!member->digest || !result.window) continue;
    const digest::Facts& facts = member->digest->facts;
    if (!facts.hash_kv || Revision(facts.hash_kv_revision) != result.window->until) continue;
    member->hash_kv = {.hash = static_cast<uint32_t>(*facts.hash_kv),
                       .revision = result.window->until,
                       .compact_revision = Revision(facts.compact_revision)};
  }
}

std::vector<mvcc::Store> StoresOf(const std::vector<Member*>& members) {
  std::vector<mvcc::Store> stores;
  for (Member* member : members) stores.push_back(member->Store());
  return stores;
}

// The nodes of the members that are compared by rows.
compare::Nodes NodesOf(const Group& group) {
  std::vector<size_t> nodes;
  for (const Member* member : group.compared) {
    nodes.push_back(group.nodes.Of(group.PlaceOf(*member)));
  }
  return compare::Nodes(std::move(nodes));
}

void SetPair(const Group& group, size_t a, size_t b, Relation relation, Relations& relations) {
  relations.Set(group.PlaceOf(*group.compared[a]), group.PlaceOf(*group.compared[b]), relation);
}

// What all have, as far as `extents` go.
std::optional<compare::Window> CommonWindow(std::span<const compare::Extent> extents) {
  compare::Window window{.compacted = 0, .until = INT64_MAX};
  for (const compare::Extent& extent : extents) {
    window.compacted = std::max(window.compacted, extent.compacted);
    window.until = std::min(window.until, extent.until);
  }
  if (window.until <= 0 || window.compacted > window.until) return std::nullopt;
  return window;
}

// Who has not come as far as others, as its own log leads on.
void CompareAhead(const compare::Nodes& nodes, Group& result) {
  result.ahead = LeadOn(result.compared);
  if (std::ranges::none_of(result.ahead, [](const auto& state) { return state.has_value(); })) {
    return;
  }
  std::vector<mvcc::Store> stores;
  std::vector<compare::Extent> extents;
  for (size_t i = 0; i < result.compared.size(); ++i) {
    Member& member = *result.compared[i];
    stores.push_back(result.ahead[i] ? mvcc::Store{.database = *result.ahead[i]->database,
                                                   .file = member.database.path,
                                                   .findings = member.findings}
                                     : member.Store());
    const mvcc::Status status = mvcc::ReadStatus(stores.back());
    extents.push_back({.compacted = std::max<int64_t>(status.CompactRevision(), 0),
                       .until = status.CurrentRevision()});
  }
  if (!result.window && result.compared.size() == result.members.size()) {
    result.window_ahead = CommonWindow(extents);
  }
  compare::HistoryParting parting =
      compare::PartHistories(stores, extents, nullptr, result.history, nodes);
  for (size_t b = 0; b < stores.size(); ++b) {
    for (size_t a = 0; a < b; ++a) {
      if (parting.parted.Has(a, b)) SetPair(result, a, b, Relation::kDifferent, result.keys);
      if (parting.compared.Has(a, b)) SetPair(result, a, b, Relation::kSame, result.keys);
    }
  }
  if (result.first || !parting.beyond) return;
  result.first = std::move(parting.beyond);
  result.revisions_beyond = parting.revisions_beyond;
}

void CompareKeys(Group& result) {
  const std::vector<mvcc::Store> stores = StoresOf(result.compared);
  const compare::Nodes nodes = NodesOf(result);
  std::vector<compare::Extent> extents;
  for (const Member* member : result.compared) {
    extents.push_back({.compacted = std::max<int64_t>(member->status.CompactRevision(), 0),
                       .until = member->status.CurrentRevision()});
  }
  if (result.window) {
    result.history = compare::CompareKeyHistories(stores, *result.window, nodes);
    if (!result.history.same()) result.first = result.history.differences.front();
  }
  compare::HistoryParting parting = compare::PartHistories(
      stores, extents, result.window ? &*result.window : nullptr, result.history, nodes);
  for (size_t b = 0; b < stores.size(); ++b) {
    for (size_t a = 0; a < b; ++a) {
      if (parting.parted.Has(a, b)) SetPair(result, a, b, Relation::kDifferent, result.keys);
      if (parting.compared.Has(a, b)) SetPair(result, a, b, Relation::kSame, result.keys);
    }
  }
  result.revisions_beyond = parting.revisions_beyond;
  const bool earlier =
      parting.beyond && (!result.first || parting.beyond->revision < result.first->revision);
  if (earlier) result.first = std::move(parting.beyond);
  CompareAhead(nodes, result);
  if (!result.first) return;
  result.entries.resize(result.compared.size());
  for (const compare::RowSide& side : result.first->sides) {
    result.entries[side.member] =
        FindEntry(*result.compared[side.member], result.first->revision, side);
  }
}

// By bucket, who differs from a majority in it.
std::vector<size_t> MinorityIn(const compare::BucketComparison& bucket,
                               const compare::Nodes& nodes) {
  Relations relations(nodes.members());
  for (size_t b = 0; b < nodes.members(); ++b) {
    for (size_t a = 0; a < b; ++a) {
      if (bucket.unknown.Has(a, b) && !bucket.parted.Has(a, b)) continue;
      relations.Set(a, b, bucket.parted.Has(a, b) ? Relation::kDifferent : Relation::kSame);
    }
  }
  return MakePartition(relations, std::vector<uint64_t>(nodes.members()), nodes).minority;
}

void CompareOtherBuckets(Group& result) {
  const compare::Nodes nodes = NodesOf(result);
  Lag lag(result.compared);
  result.buckets = compare::CompareBuckets(StoresOf(result.compared), nodes, lag);
  for (const compare::BucketComparison& bucket : result.buckets) {
    result.bucket_minorities.push_back(MinorityIn(bucket, nodes));
  }
}

// Logs between which a restore lies have nothing in common.
void CompareLogs(Group& result) {
  const auto first = std::ranges::find_if(
      result.logged, [](const Member* member) { return member->log.has_value(); });
  if (first != result.logged.end()) result.logged = OfOneLog(**first, result.logged);
  std::vector<compare::RaftLogInput> inputs;
  for (const Member* member : result.logged) {
    inputs.push_back(
        {.log = member->log ? &*member->log : nullptr, .committed = member->committed()});
  }
  result.logs = compare::CompareRaftLogs(inputs);
}

// What HashKV says, where one of the two is running and can be compared in no other way.
Relation ByHash(const Member& a, const Member& b) {
  if (!(a.running || b.running) || !a.hash_kv || !b.hash_kv) return Relation::kUnknown;
  const auto compacted = [](const Member& member) {
    return std::max<int64_t>(member.hash_kv->compact_revision, 0);
  };
  if (a.hash_kv->revision != b.hash_kv->revision || compacted(a) != compacted(b)) {
    return Relation::kUnknown;
  }
  return a.hash_kv->hash == b.hash_kv->hash ? Relation::kSame : Relation::kDifferent;
}

void RelateKeys(Group& result) {
  for (const SumsComparison& pair : result.sums.pairs) result.keys.Set(pair.a, pair.b, pair.keys());
  for (size_t a = 0; a < result.members.size(); ++a) {
    for (size_t b = a + 1; b < result.members.size(); ++b) {
      result.keys.Set(a, b, ByHash(*result.members[a], *result.members[b]));
    }
  }
}

bool HasBucket(const std::vector<SumsComparison::Bucket>& buckets, SumVerdict verdict) {
  return std::ranges::find(buckets, verdict, &SumsComparison::Bucket::verdict) != buckets.end();
}

// What the other buckets say of two members.
Relation InBuckets(const Group& group, size_t a, size_t b) {
  Relation relation = Relation::kSame;
  const auto note = [&relation](bool unknown, bool different) {
    if (unknown && relation == Relation::kSame) relation = Relation::kUnknown;
    if (different) relation = Relation::kDifferent;
  };
  const auto place = [&](size_t member) {
    return static_cast<size_t>(std::ranges::find(group.compared, group.members[member]) -
                               group.compared.begin());
  };
  const size_t row_a = place(a), row_b = place(b);
  if (std::max(row_a, row_b) < group.compared.size()) {
    for (const compare::BucketComparison& bucket : group.buckets) {
      note(bucket.unknown.Has(row_a, row_b), bucket.parted.Has(row_a, row_b));
    }
  }
  for (const SumsComparison& pair : group.sums.pairs) {
    if (std::minmax(pair.a, pair.b) != std::minmax(a, b)) continue;
    note(HasBucket(pair.buckets, SumVerdict::kNotCompared),
         HasBucket(pair.buckets, SumVerdict::kDifferent));
  }
  return relation;
}

void RelateStates(Group& result) {
  for (size_t a = 0; a < result.members.size(); ++a) {
    for (size_t b = a + 1; b < result.members.size(); ++b) {
      const Relation of_keys = result.keys.Of(a, b);
      const Relation of_rest = InBuckets(result, a, b);
      if (of_keys == Relation::kDifferent || of_rest == Relation::kDifferent) {
        result.states.Set(a, b, Relation::kDifferent);
      } else if (of_keys == Relation::kSame && of_rest == Relation::kSame) {
        result.states.Set(a, b, Relation::kSame);
      }
    }
  }
}

void Classify(Group& result) {
  RelateKeys(result);
  RelateStates(result);
  std::vector<uint64_t> reach;
  for (const Member* member : result.members) {
    reach.push_back(member->readable() ? member->Facts().revision.value_or(0) : 0);
  }
  result.key_classes = MakePartition(result.keys, reach, result.nodes);
  result.classes = MakePartition(result.states, reach, result.nodes);
}

// What sums leave open, of two members.
std::optional<Doubt> OpenQuestion(const Group& group, const SumsComparison& pair, bool all_linked) {
  Doubt doubt{.kind = DoubtKind::kState, .a = group.members[pair.a], .b = group.members[pair.b]};
  if (!all_linked && pair.keys() == Relation::kUnknown) {
    doubt.revision = Revision(pair.state_revision);
    return doubt;
  }
  const auto bucket =
      std::ranges::find(pair.buckets, SumVerdict::kNotCompared, &SumsComparison::Bucket::verdict);
  if (bucket == pair.buckets.end()) return std::nullopt;
  doubt.kind = DoubtKind::kBucketSum;
  doubt.bucket = bucket->name;
  return doubt;
}

// The first row of which it is not known if it may differ.
std::optional<Doubt> OpenRow(const Group& group) {
  for (const compare::BucketComparison& bucket : group.buckets) {
    const auto row = std::ranges::find(bucket.differences, compare::Blame::kUnknown,
                                       &compare::RowDifference::blame);
    if (row == bucket.differences.end()) continue;
    Doubt doubt{.kind = row->doubt == compare::RowDoubt::kSalt ? DoubtKind::kSalt : DoubtKind::kRow,
                .bucket = bucket.name,
                .key = std::string(AsText(row->key))};
    for (size_t b = 0; b < group.compared.size(); ++b) {
      for (size_t a = 0; a < b && doubt.a == nullptr; ++a) {
        if (!bucket.unknown.Has(a, b)) continue;
        doubt.a = group.compared[a];
        doubt.b = group.compared[b];
      }
    }
    return doubt;
  }
  return std::nullopt;
}

// Of which database nothing is known that its bucket `meta` would say.
std::optional<Doubt> MissingMeta(const Group& group) {
  for (const Member* member : group.compared) {
    if (member->database.database->Open(AsBytes(mvcc::kMetaBucket))) continue;
    return Doubt{
        .kind = DoubtKind::kNoBucket, .a = member, .bucket = std::string(mvcc::kMetaBucket)};
  }
  return std::nullopt;
}

// Why members that are not known to differ are not known to be the same.
std::optional<Doubt> WhyOpen(const Group& group) {
  for (const Member* member : group.members) {
    if (member->mute) return Doubt{.kind = DoubtKind::kMute, .a = member};
  }
  const bool linked = group.keys.AllLinked();
  for (const SumsComparison& pair : group.sums.pairs) {
    if (auto open = OpenQuestion(group, pair, linked)) return open;
  }
  if (auto open = OpenRow(group)) return open;
  if (auto open = MissingMeta(group)) return open;
  if (linked) return std::nullopt;
  return Doubt{.kind = DoubtKind::kHashes};
}

bool SumsDiffer(const SumsComparison& pair) {
  return pair.broken_promise || HasBucket(pair.buckets, SumVerdict::kDifferent);
}

void Decide(Group& result) {
  if (result.states.AnyDifferent() || result.logs.first_broken_promise ||
      std::ranges::any_of(result.sums.pairs, SumsDiffer)) {
    result.verdict = Verdict::kDiverged;
    return;
  }
  // Where the logs lead on to common revisions, there are some.
  if (result.doubt && result.doubt->kind == DoubtKind::kNoWindow && result.keys.AllKnown()) {
    result.doubt.reset();
  }
  if (!result.doubt) result.doubt = WhyOpen(result);
  if (!result.doubt) result.verdict = Verdict::kConsistent;
}

void CompareGroup(Group& group) {
  group.keys = Relations(group.members.size());
  group.states = Relations(group.members.size());
  group.nodes = CountNodes(group.members);
  const std::vector<Member*> readable = Choose(group);
  if (const auto twins = FindSame(readable); twins && !group.doubt) {
    group.doubt = {.kind = twins->first->running ? DoubtKind::kSameMember : DoubtKind::kSameFile,
                   .a = twins->first,
                   .b = twins->second};
  }
  if (readable.size() > 1) AskRunning(readable, group);
  if (group.by_rows()) CompareKeys(group);
  HashAll(group);
  TakeHashesOfDigests(readable, group);
  if (group.by_rows()) CompareOtherBuckets(group);
  CompareLogs(group);
  if (readable.size() > 1) group.sums = CompareSums(group.members);
  Classify(group);
  Decide(group);
}

// The members by cluster. One that does not say its cluster is with the only one there is, or with
// those that its own database names as members.
std::vector<Group> ByCluster(const std::vector<std::unique_ptr<Member>>& members) {
  std::vector<uint64_t> clusters;
  for (const auto& member : members) {
    const auto cluster = ClusterOf(*member, members);
    if (cluster && std::ranges::find(clusters, *cluster) == clusters.end()) {
      clusters.push_back(*cluster);
    }
  }
  std::vector<Group> groups;
  for (const auto& member : members) {
    auto cluster = ClusterOf(*member, members);
    if (!cluster && clusters.size() == 1) cluster = clusters.front();
    auto group = std::ranges::find(groups, cluster, &Group::cluster_id);
    if (group == groups.end()) group = groups.insert(groups.end(), {.cluster_id = cluster});
    group->members.push_back(member.get());
  }
  return groups;
}

}  // namespace

bool Group::StandsAlone(const Member& member) const {
  return std::ranges::find(classes.minority, PlaceOf(member)) != classes.minority.end();
}

const std::vector<size_t>& Group::MinorityIn(const compare::BucketComparison& bucket) const {
  return bucket_minorities[static_cast<size_t>(&bucket - buckets.data())];
}

size_t Group::PlaceOf(const Member& member) const {
  return static_cast<size_t>(std::ranges::find(members, &member) - members.begin());
}

uint64_t Group::RevisionsAhead(const Member& member) const {
  const int64_t revision = member.readable() ? Revision(member.Facts().revision) : 0;
  if (!window || revision <= window->until) return 0;
  return static_cast<uint64_t>(revision - window->until);
}

bool Comparison::StandsAlone(const Member& member) const {
  return std::ranges::any_of(groups, [&](const Group& group) {
    return group.PlaceOf(member) < group.members.size() && group.StandsAlone(member);
  });
}

Relation Comparison::StatesOf(const Member& a, const Member& b) const {
  for (const Group& group : groups) {
    const size_t place_a = group.PlaceOf(a), place_b = group.PlaceOf(b);
    const size_t known = group.states.members();
    if (place_a < known && place_b < known) return group.states.Of(place_a, place_b);
  }
  return Relation::kUnknown;
}

const char* VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kConsistent: return "consistent";
    case Verdict::kDiverged: return "diverged";
    case Verdict::kUndecidable: return "undecidable";
  }
  return "";
}

Comparison Compare(const std::vector<std::unique_ptr<Member>>& members) {
  Comparison result{.groups = ByCluster(members)};
  CheckNodes(members);
  for (Group& group : result.groups) CompareGroup(group);
  if (result.groups.size() == 1) {
    result.verdict = result.groups.front().verdict;
    result.doubt = result.groups.front().doubt;
    return result;
  }
  result.doubt = {.kind = DoubtKind::kStrangers};
  const bool any_diverged = std::ranges::any_of(
      result.groups, [](const Group& group) { return group.verdict == Verdict::kDiverged; });
  if (any_diverged) result.verdict = Verdict::kDiverged;
  return result;
}

}  // namespace etcdf::cluster
