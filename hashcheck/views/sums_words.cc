#include "hashcheck/views/sums_words.h"

#include <algorithm>
#include <map>

#include "base/escape.h"
#include "hashcheck/views/words.h"

namespace etcdf::hashcheck {
namespace {

using digest::Span;

std::string RangeText(const Span& range) {
  const std::string last = std::to_string(range.until);
  return range.after + 1 == range.until ? last : std::to_string(range.after + 1) + ".." + last;
}

std::string OutcomeText(const digest::Comparison& comparison, bool all) {
  const std::string text = RangeText(comparison.compared) + ": ";
  if (comparison.differing.empty()) return text + "the same";
  return text + "DIFFERENT in " + RangesText(comparison.differing, all);
}

const char* VerdictText(SumVerdict verdict) {
  switch (verdict) {
    case SumVerdict::kSame: return "the same";
    case SumVerdict::kBenign: return "innocent differences";
    case SumVerdict::kDifferent: return "DIFFERENT";
    case SumVerdict::kNotCompared: return "cannot be compared";
  }
  return "";
}

std::string BucketsText(const std::vector<SumsComparison::Bucket>& buckets) {
  std::string text;
  for (const SumsComparison::Bucket& bucket : buckets) {
    if (bucket.verdict == SumVerdict::kSame) continue;
    text += (text.empty() ? "" : "; ") + Printable(bucket.name) + ": ";
    text += bucket.verdict == SumVerdict::kNotCompared
                ? "differs, and sums do not tell whether innocently"
                : VerdictText(bucket.verdict);
  }
  return text.empty() ? "the same" : text;
}

std::string LogsText(const SumsComparison& pair, bool all) {
  std::string text = OutcomeText(*pair.log, all);
  if (pair.log->differing.empty()) return text;
  if (pair.broken_promise) {
    return text + "; COMMITTED entries differ, which raft promises never to happen";
  }
  return text + ", where entries were never committed, or not known to be";
}

}  // namespace

std::string RangesText(const std::vector<Span>& ranges, bool all) {
  constexpr size_t kShown = 5;
  std::string text;
  const size_t shown = all ? ranges.size() : std::min(ranges.size(), kShown);
  for (size_t i = 0; i < shown; ++i) text += (i == 0 ? "" : ", ") + RangeText(ranges[i]);
  if (shown == ranges.size()) return text;
  return text + " and " + Counted(ranges.size() - shown, "more range", "more ranges");
}

std::vector<PartText> PartsOf(const SumsComparison& pair, bool all) {
  std::vector<PartText> parts;
  if (!pair.history.compared.empty()) {
    parts.push_back({"revisions", OutcomeText(pair.history, all)});
  }
  if (pair.state_revision > 0) {
    parts.push_back({"state", "at revision " + std::to_string(pair.state_revision) + ": " +
                                  VerdictText(pair.state)});
  }
  parts.push_back({"buckets", BucketsText(pair.buckets)});
  if (pair.log) parts.push_back({"raft logs", LogsText(pair, all)});
  return parts;
}

std::string HashesText(const ViewContext& context) {
  const std::vector<Member*>& members = context.group().members;
  if (std::ranges::none_of(members, [](const auto& member) { return member->running != nullptr; }))
    return {};
  std::map<std::pair<int64_t, uint32_t>, std::string> names;  // by compact revision and hash
  for (const auto& member : members) {
    if (!member->hash_kv) continue;
    std::string& group =
        names[{std::max<int64_t>(member->hash_kv->compact_revision, 0), member->hash_kv->hash}];
    group += " " + Printable(member->name);
  }
  if (names.empty() || !context.group().window) return {};
  std::string text = "at revision " + std::to_string(context.group().window->until) + ":";
  for (const auto& [hash, group] : names) {
    if (names.size() > 1 && &group != &names.begin()->second) text += ";";
    text += names.size() == 1 ? " the same on" + group
                              : " " + std::to_string(hash.second) + " as of compact revision " +
                                    std::to_string(hash.first) + " on" + group;
  }
  return text + "; nothing else of running members is compared";
}

std::string DivergenceOfSums(const ViewContext& context) {
  const Group& comparison = context.group();
  const auto names = [&](const SumsComparison& pair) {
    return Printable(context.group().members[pair.a]->name) + " and " +
           Printable(context.group().members[pair.b]->name);
  };
  for (const SumsComparison& pair : comparison.sums.pairs) {
    if (!pair.history.differing.empty()) {
      return names(pair) + " differ in revisions " + RangesText(pair.history.differing, false);
    }
    if (pair.keys() == Relation::kDifferent) {
      return names(pair) + " differ in the state at revision " +
             std::to_string(pair.state_revision);
    }
  }
  if (comparison.keys.AnyDifferent()) return "their HashKV are not the same";
  for (const SumsComparison& pair : comparison.sums.pairs) {
    if (pair.broken_promise) {
      return "the raft logs of " + names(pair) + " contradict each other in entries " +
             RangeText(*pair.broken_promise) + ", which were committed";
    }
    const auto bucket =
        std::ranges::find(pair.buckets, SumVerdict::kDifferent, &SumsComparison::Bucket::verdict);
    if (bucket != pair.buckets.end()) {
      return "bucket " + Printable(bucket->name) + " differs between " + names(pair);
    }
  }
  return {};
}

}  // namespace etcdf::hashcheck
