#include "hashcheck/comparison.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/escape.h"
#include "hashcheck/entry_behind.h"
#include "hashcheck/findings.h"
#include "mvcc/findings.h"

namespace etcdf::hashcheck {
namespace {

// Two members that are one file would be compared with themselves, and outvote a third.
bool AreSameFile(const Member& a, const Member& b) {
  std::error_code unknown;
  return std::filesystem::equivalent(a.database.path, b.database.path, unknown);
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
void Choose(const std::vector<std::unique_ptr<Member>>& members, Comparison& result) {
  std::set<uint64_t> clusters;
  for (const auto& member : members) {
    if (const auto identity = member->identity()) clusters.insert(identity->cluster_id);
    if (member->readable()) {
      result.compared.push_back(member.get());
    } else if (result.reason.empty()) {
      result.reason = member->name + " cannot be read";
    }
    if (member->readable() || member->log) result.logged.push_back(member.get());
  }
  if (clusters.size() > 1) {
    result.reason = "the members belong to different clusters";
    result.compared.clear();
    result.logged.clear();
  } else if (const auto twins = FirstPair(result.compared, AreSameFile)) {
    result.reason =
        twins->first->name + " and " + twins->second->name + " are one and the same file";
    result.compared.clear();
    result.logged.clear();
  } else if (result.compared.size() < 2) {
    result.reason += result.compared.empty() ? "" : ": nothing is left to compare";
  }
}

// Revisions that all members have, or nothing and the reason.
void FindWindow(Comparison& result) {
  compare::Window window{.compacted = 0, .until = INT64_MAX};
  const Member* compacted_most = nullptr;
  const Member* behind = nullptr;
  for (Member* member : result.compared) {
    if (member->status.CompactRevision() > window.compacted) {
      window.compacted = member->status.CompactRevision();
      compacted_most = member;
    }
    if (member->status.CurrentRevision() < window.until) {
      window.until = member->status.CurrentRevision();
      behind = member;
    }
  }
  if (window.compacted <= window.until) {
    result.window = window;
    return;
  }
  result.reason = "no revision is on all members: " + behind->name + " ends at " +
                  std::to_string(window.until) + ", and " + compacted_most->name +
                  " has compacted up to " + std::to_string(window.compacted);
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
    if (!member->readable()) continue;
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
    // Up to 3.4 there is no term beside the consistent index, and that index may lag.
    const bool lags =
        !member->status.term && member->log &&
        member->log->summary().entries.index_last > member->status.consistent_index.value_or(0);
    inputs.push_back({.store = member->Store(),
                      .applied = member->status.consistent_index.value_or(0),
                      .applied_is_least = lags});
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

void Decide(const std::vector<std::unique_ptr<Member>>& members, Comparison& result) {
  const auto guilty = std::ranges::find_if(result.buckets, [](const auto& bucket) {
    return bucket.verdict == compare::BucketVerdict::kDifferent;
  });
  if (!result.history.same()) {
    result.minority = result.history.differences.front().minority;
  } else if (guilty != result.buckets.end()) {
    result.minority = guilty->minority;
  }
  if (!result.history.same() || guilty != result.buckets.end() ||
      result.logs.first_broken_promise) {
    result.verdict = Verdict::kDiverged;
  } else if (result.window && result.compared.size() == members.size()) {
    result.verdict = Verdict::kConsistent;
  }
}

}  // namespace

bool Comparison::StandsAlone(const Member& member) const {
  return std::ranges::any_of(minority, [&](size_t i) { return compared[i] == &member; });
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
  Comparison result;
  Choose(members, result);
  CheckNodes(result.compared);
  if (result.compared.size() > 1) FindWindow(result);
  if (result.window) CompareKeys(result);
  HashAll(members, result);
  if (result.compared.size() > 1) CompareOtherBuckets(result);
  CompareLogs(result);
  Decide(members, result);
  return result;
}

}  // namespace etcdf::hashcheck
