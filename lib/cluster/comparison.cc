#include "cluster/comparison.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/escape.h"
#include "cluster/entry_behind.h"
#include "cluster/findings.h"
#include "cluster/live_hashes.h"
#include "mvcc/findings.h"

namespace etcdf::cluster {
namespace {

// Two members that are one would be compared with themselves, and outvote a third.
bool AreOne(const Member& a, const Member& b) {
  if (a.running && b.running) return a.identity()->node_id == b.identity()->node_id;
  std::error_code unknown;
  return std::filesystem::equivalent(a.source, b.source, unknown) ||
         std::filesystem::equivalent(a.database.path, b.database.path, unknown);
}

// The first two members of which `same` holds.
template <typename Same>
std::optional<std::pair<Member*, Member*>> FirstPair(const std::vector<Member*>& members,
                                                     Same same) {
  for (size_t i = 0; i < members.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (same(*members[j], *members[i])) return std::pair(members[j], members[i]);
    }
  }
  return std::nullopt;
}

void CheckNodes(const std::vector<Member*>& members) {
  const auto twins = FirstPair(members, [](const Member& a, const Member& b) {
    return a.identity() && b.identity() && a.identity()->node_id == b.identity()->node_id;
  });
  if (!twins) return;
  twins->second->findings.Report(
      {.kind = kMemberSameNode,
       .file = twins->second->source,
       .what = twins->first->name + " and " + twins->second->name + " are both node " +
               HexId(twins->second->identity()->node_id),
       .consequence = "two states of one member are one witness, not two: do not count votes"});
}

// The members that can be compared, and why not all can.
std::vector<Member*> Choose(const std::vector<std::unique_ptr<Member>>& members,
                            Comparison& result) {
  std::vector<Member*> readable;
  std::set<uint64_t> clusters;
  for (const auto& member : members) {
    if (const auto identity = member->identity()) clusters.insert(identity->cluster_id);
    if (member->readable()) {
      readable.push_back(member.get());
    } else if (result.reason.empty()) {
      result.reason = member->name + " cannot be read";
    }
    if (member->has_database()) result.compared.push_back(member.get());
    if (member->has_database() || member->log) result.logged.push_back(member.get());
  }
  if (clusters.size() > 1) {
    result.reason = "the members belong to different clusters";
    result.compared.clear();
    result.logged.clear();
    return {};
  }
  if (const auto twins = FirstPair(readable, AreOne)) {
    result.reason = twins->first->name + " and " + twins->second->name + " are one and the same " +
                    (twins->first->running ? "member" : "file");
    result.compared.clear();
    result.logged.clear();
    return {};
  }
  if (readable.size() < 2) {
    result.reason += readable.empty() ? "" : ": nothing is left to compare";
  }
  return readable;
}

// What a digest or a running member says may be any number.
int64_t Revision(std::optional<uint64_t> fact) {
  return static_cast<int64_t>(std::min<uint64_t>(fact.value_or(0), INT64_MAX));
}

// Revisions that all members have, or nothing and the reason.
void FindWindow(const std::vector<Member*>& members, Comparison& result) {
  compare::Window window{.compacted = 0, .until = INT64_MAX};
  const Member* compacted_most = nullptr;
  const Member* behind = nullptr;
  for (const Member* member : members) {
    const digest::Facts facts = member->Facts();
    if (Revision(facts.compact_revision) > window.compacted) {
      window.compacted = Revision(facts.compact_revision);
      compacted_most = member;
    }
    if (Revision(facts.revision) < window.until) {
      window.until = Revision(facts.revision);
      behind = member;
    }
  }
  result.window.reset();
  if (window.until > 0 && window.compacted <= window.until) {
    result.window = window;
    return;
  }
  result.reason =
      "no revision is on all members: " + behind->name + " ends at " + std::to_string(window.until);
  if (compacted_most != nullptr) {
    result.reason += ", and " + compacted_most->name + " has compacted up to " +
                     std::to_string(window.compacted);
  }
}

// The window, and the hashes of running members at its end. They move on meanwhile, and what they
// have compacted is known from their answers only.
void AskRunning(const std::vector<Member*>& members, Comparison& result) {
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
void HashAll(const std::vector<std::unique_ptr<Member>>& members, const Comparison& result) {
  const Member* counted = nullptr;  // whose keys all have whose rows were compared to the last
  for (const auto& member : members) {
    if (!member->has_database()) continue;
    const bool is_compared =
        std::ranges::find(result.compared, member.get()) != result.compared.end();
    if (!result.window || !is_compared) {
      HashMember(*member, std::nullopt, nullptr);
      continue;
    }
    const compare::Window& window = *result.window;
    const bool is_equal = result.history.same_keys && member->status.revision <= window.until;
    HashMember(*member, {{.revision = window.until, .compacted = window.compacted}},
               is_equal ? counted : nullptr);
    if (is_equal && counted == nullptr && IsReadableThroughout(*member)) counted = member.get();
  }
}

// A digest has a HashKV at its own revision, which may be the window's end.
void TakeHashesOfDigests(const std::vector<Member*>& members, const Comparison& result) {
  for (Member* member : members) {
    if (!member->digest || !result.window) continue;
    const digest::Facts& facts = member->digest->facts;
    if (!facts.hash_kv || Revision(facts.hash_kv_revision) != result.window->until) continue;
    member->hash_kv = {.hash = static_cast<uint32_t>(*facts.hash_kv),
                       .revision = result.window->until,
                       .compact_revision = Revision(facts.compact_revision)};
  }
}

void CompareKeys(Comparison& result) {
  std::vector<mvcc::Store> stores;
  for (Member* member : result.compared) stores.push_back(member->Store());
  result.history = compare::CompareKeyHistories(stores, *result.window);
  result.entries.resize(result.compared.size());
  if (result.history.same()) return;
  const compare::RevisionDifference& first = result.history.differences.front();
  for (const compare::RowSide& side : first.sides) {
    result.entries[side.member] = FindEntry(*result.compared[side.member], first.revision, side);
  }
}

void CompareOtherBuckets(Comparison& result) {
  std::vector<compare::BucketInput> inputs;
  for (Member* member : result.compared) {
    inputs.push_back({.store = member->Store(),
                      .applied = member->status.consistent_index.value_or(0),
                      .applied_is_least = member->applied_is_least()});
  }
  result.buckets = compare::CompareBuckets(inputs);
}

void CompareLogs(Comparison& result) {
  std::vector<compare::RaftLogInput> inputs;
  for (const Member* member : result.logged) {
    inputs.push_back(
        {.log = member->log ? &*member->log : nullptr, .committed = member->committed()});
  }
  result.logs = compare::CompareRaftLogs(inputs);
}

// What the rows say of two members: at the first difference, if there is one.
Relation ByRows(const Member& a, const Member& b, const Comparison& result) {
  const auto place = [&](const Member& member) {
    return static_cast<size_t>(std::ranges::find(result.compared, &member) -
                               result.compared.begin());
  };
  const size_t of_a = place(a), of_b = place(b);
  if (!result.window || std::max(of_a, of_b) == result.compared.size()) return Relation::kUnknown;
  if (result.history.same()) return Relation::kSame;
  const std::vector<size_t>& minority = result.history.differences.front().minority;
  const auto alone = [&](size_t at) { return std::ranges::find(minority, at) != minority.end(); };
  if (minority.empty() || alone(of_a) != alone(of_b)) return Relation::kDifferent;
  return alone(of_a) ? Relation::kUnknown : Relation::kSame;
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

void Relate(const std::vector<std::unique_ptr<Member>>& members, Comparison& result) {
  for (const SumsComparison& pair : result.sums.pairs) result.keys.Set(pair.a, pair.b, pair.keys());
  for (size_t a = 0; a < members.size(); ++a) {
    for (size_t b = a + 1; b < members.size(); ++b) {
      result.keys.Set(a, b, ByRows(*members[a], *members[b], result));
      result.keys.Set(a, b, ByHash(*members[a], *members[b]));
    }
  }
}

// What sums leave open, of two members; nothing if they leave nothing.
std::string OpenQuestion(const SumsComparison& pair, const std::string& names, bool all_linked) {
  if (!all_linked && pair.keys() == Relation::kUnknown) {
    return "the state at revision " + std::to_string(pair.state_revision) +
           ", which a compaction left, cannot be compared between " + names;
  }
  const auto bucket =
      std::ranges::find(pair.buckets, SumVerdict::kNotCompared, &SumsComparison::Bucket::verdict);
  if (bucket == pair.buckets.end()) return {};
  return "bucket " + bucket->name + " differs between " + names +
         ", and sums do not tell whether innocently";
}

// Why members that are not known to differ are not known to be the same.
std::string WhyOpen(const std::vector<std::unique_ptr<Member>>& members, const Comparison& result) {
  for (const auto& member : members) {
    if (member->mute) return member->mute->Message();
  }
  const bool linked = result.keys.AllLinked();
  for (const SumsComparison& pair : result.sums.pairs) {
    std::string open =
        OpenQuestion(pair, members[pair.a]->name + " and " + members[pair.b]->name, linked);
    if (!open.empty()) return open;
  }
  if (linked) return {};
  return "the members' HashKV are of different compact revisions";
}

bool SumsDiffer(const SumsComparison& pair) {
  return pair.broken_promise ||
         std::ranges::find(pair.buckets, SumVerdict::kDifferent,
                           &SumsComparison::Bucket::verdict) != pair.buckets.end();
}

void Decide(const std::vector<std::unique_ptr<Member>>& members, Comparison& result) {
  Relate(members, result);
  const auto guilty = std::ranges::find_if(result.buckets, [](const auto& bucket) {
    return bucket.verdict == compare::BucketVerdict::kDifferent;
  });
  if (result.keys.AnyDifferent()) {
    for (const size_t i : result.keys.Minority()) result.alone.push_back(members[i].get());
  } else if (guilty != result.buckets.end()) {
    for (const size_t i : guilty->minority) result.alone.push_back(result.compared[i]);
  }
  if (result.keys.AnyDifferent() || guilty != result.buckets.end() ||
      result.logs.first_broken_promise || std::ranges::any_of(result.sums.pairs, SumsDiffer)) {
    result.verdict = Verdict::kDiverged;
    return;
  }
  if (result.reason.empty()) result.reason = WhyOpen(members, result);
  if (result.reason.empty()) result.verdict = Verdict::kConsistent;
}

}  // namespace

bool Comparison::StandsAlone(const Member& member) const {
  return std::ranges::find(alone, &member) != alone.end();
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
  Comparison result{.keys = Relations(members.size())};
  const std::vector<Member*> readable = Choose(members, result);
  CheckNodes(readable);
  if (readable.size() > 1) AskRunning(readable, result);
  if (result.window && result.by_rows()) CompareKeys(result);
  HashAll(members, result);
  TakeHashesOfDigests(readable, result);
  if (result.by_rows()) CompareOtherBuckets(result);
  CompareLogs(result);
  if (readable.size() > 1) result.sums = CompareSums(members);
  Decide(members, result);
  return result;
}

}  // namespace etcdf::cluster
