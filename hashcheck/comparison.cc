#include "hashcheck/comparison.h"

#include <algorithm>
#include <set>

namespace etcdf::hashcheck {
namespace {

// The members that can be compared, and why not all can.
void Choose(const std::vector<std::unique_ptr<Member>>& members, Comparison& result) {
  std::set<uint64_t> clusters;
  for (const auto& member : members) {
    if (!member->readable()) {
      if (result.reason.empty()) result.reason = member->name + " cannot be read";
      continue;
    }
    result.compared.push_back(member.get());
    if (const auto identity = member->identity()) clusters.insert(identity->cluster_id);
  }
  if (clusters.size() > 1) {
    result.reason = "the members belong to different clusters";
    result.compared.clear();
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

void CompareKeys(Comparison& result) {
  std::vector<mvcc::Store> stores;
  for (Member* member : result.compared) stores.push_back(member->Store());
  for (Member* member : result.compared) {
    const auto hash = mvcc::HashKv(member->Store(), result.window->until);
    if (hash) member->hash_kv = *hash;
  }
  result.history = compare::CompareKeyHistories(stores, *result.window);
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
  for (const Member* member : result.compared) {
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
  if (result.compared.size() < 2) return result;
  FindWindow(result);
  if (result.window) CompareKeys(result);
  CompareOtherBuckets(result);
  CompareLogs(result);
  Decide(members, result);
  return result;
}

}  // namespace etcdf::hashcheck
