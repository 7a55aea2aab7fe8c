#include "audit/search.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "audit/audit.h"
#include "mvcc/revision.h"
#include "raft/payload.h"

namespace etcdf::audit {
namespace {

// Most hypotheses are wrong and fail at once. Those that still hold after so many verified entries
// are followed to the end.
constexpr uint64_t kLookAhead = 150;
// A hypothesis that has verified fewer may be right by chance.
constexpr uint64_t kConvincing = 5;
constexpr size_t kPlansFollowed = 6;
// One that has verified more leaves no doubt about the edits before it.
constexpr uint64_t kClear = 30;
constexpr size_t kOthersExtended = 12;
// With more edits than that, only the plan that gets farthest is followed.
constexpr size_t kEditsWeighed = 6;
// So many with nothing verified in between say that the log is not that of the database.
constexpr size_t kEditsInARow = 20;
// Steps taken over the whole search, each about a microsecond.
constexpr uint64_t kWorkMax = 40'000'000;

Plan With(const Plan& plan, size_t place, const Edit& edit) {
  Plan extended = plan;
  const auto at = static_cast<ptrdiff_t>(place);
  extended.script.insert(extended.script.begin() + at, edit);
  extended.others.insert(extended.others.begin() + at, std::vector<Edit>());
  return extended;
}

}  // namespace

bool Explanation::IsBetterThan(const Explanation& other) const {
  const auto cost = [](const Explanation& each) {
    return std::tuple(!each.complete(), each.plan.script.size(), each.comparison.rows_different);
  };
  return cost(*this) < cost(other);
}

Search::Search(Walk& walk, const mvcc::Store& database, Progress progress)
    : walk_(walk), database_(database), progress_(std::move(progress)) {}

Explanation Search::Run() {
  std::vector<Candidate> candidates(1);
  candidates.front().reach = Try({});
  std::optional<Explanation> best;
  std::vector<uint64_t> verified;  // by edits
  for (size_t edits = 0; !best || !best->complete() || best->plan.script.size() > edits; ++edits) {
    for (Candidate& candidate : candidates) {
      while (!candidate.reach.ends && Substitute(candidate)) {
      }
      if (!candidate.reach.ends) continue;
      Explanation explanation = Conclude(candidate.plan);
      if (!best || explanation.IsBetterThan(*best)) best = std::move(explanation);
    }
    verified.push_back(candidates.front().reach.verified);
    const bool is_hopeless =
        edits >= kEditsInARow && verified.back() < verified[edits - kEditsInARow] + kConvincing;
    if (cancelled_ || IsSpent() || edits >= AuditReport::kMaxAnomalies || is_hopeless) break;
    std::vector<Candidate> extended;
    for (const Candidate& candidate : candidates) {
      if (!candidate.reach.ends) Extend(candidate, extended);
    }
    if (extended.empty()) break;
    candidates = Best(std::move(extended));
    // So many close to each other are not told apart any more.
    if (edits >= kEditsWeighed) candidates.resize(1);
  }
  if (!best) {
    best = Conclude(candidates.front().plan);
    best->too_many = !IsSpent();
    best->gave_up = IsSpent();
  }
  Try(best->plan.script);
  return *std::move(best);
}

bool Search::IsSpent() const { return walk_.work() > kWorkMax + 4 * walk_.entries().size(); }

Search::Reach Search::Try(const Script& script, const Limit& limit) {
  constexpr size_t kStepsATime = 1 << 15;
  walk_.SetScript(script);
  Pause pause = Pause::kLimit;
  while (!cancelled_) {
    const size_t step = std::min(limit.step, walk_.steps().size() + kStepsATime);
    pause = walk_.Run({.step = step, .verified = limit.verified});
    if (pause != Pause::kLimit || step == limit.step) break;
    if (walk_.tally().verified >= limit.verified) break;
    cancelled_ = progress_ && !progress_(walk_.position(), walk_.entries().size());
  }
  const auto left = walk_.rows().After(walk_.store().keys().current_revision());
  // What is left may be of entries that are lost, if the last one that is there was taken.
  const bool takes_the_last =
      !walk_.steps().empty() && walk_.steps().back().position + 1 == walk_.entries().size();
  const bool explains_the_rest =
      left.empty() || (walk_.entries().are_cut_short() && takes_the_last);
  return {.ends = pause == Pause::kEnd && explains_the_rest, .verified = walk_.tally().verified};
}

bool Search::Substitute(Candidate& candidate) {
  Try(candidate.plan.script);
  NameKeys(candidate.plan);
  const Limit limit{.verified = candidate.reach.verified + kLookAhead};
  Reach best = candidate.reach;
  std::pair<size_t, size_t> chosen;
  for (size_t at = candidate.plan.script.size(); at > 0; --at) {
    const std::vector<Edit>& others = candidate.plan.others[at - 1];
    for (size_t i = 0; i < others.size(); ++i) {
      if (IsSpent()) return false;
      Script script = candidate.plan.script;
      script[at - 1] = others[i];
      const Reach reach = Try(script, limit);
      if (reach <= best) continue;
      best = reach;
      chosen = {at - 1, i};
    }
  }
  if (best == candidate.reach) return false;
  const auto [at, other] = chosen;
  std::swap(candidate.plan.script[at], candidate.plan.others[at][other]);
  candidate.reach = Try(candidate.plan.script);
  return true;
}

// A write that no entry explains, and whose row is gone, still counts in the version of its key.
// The rows at the mismatch tell which key that may have been.
void Search::NameKeys(Plan& plan) const {
  for (size_t at = 0; at < plan.script.size(); ++at) {
    if (plan.script[at].kind != EditKind::kShift || !plan.script[at].key.empty()) continue;
    std::vector<Edit> nameless = plan.others[at];
    nameless.push_back(plan.script[at]);
    for (const apply::StoredRow& row : walk_.predicted()) {
      for (Edit named : nameless) {
        if (named.kind != EditKind::kShift || !named.key.empty()) continue;
        named.key = AsText(row.key);
        plan.others[at].push_back(named);
      }
    }
  }
}

std::vector<Search::Trial> Search::TryAll(const Candidate& candidate) {
  Try(candidate.plan.script);
  if (!contents_) contents_.emplace(walk_.entries());
  std::vector<Trial> trials;
  for (const Hypothesis& hypothesis : Hypotheses(walk_, *contents_).Find()) {
    trials.push_back({.hypothesis = hypothesis});
  }
  // From the end to the beginning, so that little is gone back over.
  std::vector<Trial*> order;
  for (Trial& trial : trials) order.push_back(&trial);
  std::ranges::stable_sort(order, std::ranges::greater(),
                           [](const Trial* trial) { return trial->hypothesis.edit.position; });
  const auto run = [&](Trial& trial, const Limit& limit) {
    const Plan plan = With(candidate.plan, trial.hypothesis.place, trial.hypothesis.edit);
    trial.reach = Try(plan.script, limit);
  };
  const Limit near{.verified = candidate.reach.verified + kLookAhead};
  for (Trial* const trial : order) {
    if (!IsSpent()) run(*trial, near);
  }
  std::erase_if(order, [&](const Trial* trial) { return trial->reach.verified < near.verified; });
  for (Trial* const trial : order) {
    if (!IsSpent()) run(*trial, {});
  }
  std::ranges::stable_sort(trials, std::ranges::greater(), &Trial::reach);
  return trials;
}

void Search::Extend(const Candidate& candidate, std::vector<Candidate>& extended) {
  const Reach best = ExtendOne(candidate, extended);
  const bool is_clear = best.ends || best.verified >= candidate.reach.verified + kClear;
  if (is_clear || candidate.plan.script.size() > kEditsWeighed) return;
  // What was taken for as good before may not have been.
  size_t tried = 0;
  const Plan& plan = candidate.plan;
  for (size_t at = plan.script.size(); at > 0; --at) {
    for (size_t i = 0; i < plan.others[at - 1].size() && tried < kOthersExtended; ++i, ++tried) {
      if (IsSpent()) return;
      Candidate other = candidate;
      std::swap(other.plan.script[at - 1], other.plan.others[at - 1][i]);
      if (Try(other.plan.script) == candidate.reach) ExtendOne(other, extended);
    }
  }
}

Search::Reach Search::ExtendOne(const Candidate& candidate, std::vector<Candidate>& extended) {
  const auto trials = TryAll(candidate);
  if (trials.empty()) return candidate.reach;
  const Reach best = trials.front().reach;
  const size_t before = extended.size();
  for (const Trial& trial : trials) {
    if (trial.reach.ends != best.ends || trial.reach.verified + kConvincing < best.verified) break;
    const auto [place, edit] = trial.hypothesis;
    const bool is_convincing =
        trial.reach.ends || trial.reach.verified >= candidate.reach.verified + kConvincing;
    const auto alike = std::ranges::find_if(
        extended.begin() + static_cast<ptrdiff_t>(before), extended.end(),
        [&, place = place, edit = edit](const Candidate& other) {
          const Edit& first = other.plan.script[other.place];
          return other.reach == trial.reach && other.place == place &&
                 (is_convincing || (first.kind == edit.kind && first.count == edit.count));
        });
    if (alike != extended.end()) {
      alike->plan.others[place].push_back(edit);
    } else if (extended.size() < before + kPlansFollowed) {
      extended.push_back(
          {.plan = With(candidate.plan, place, edit), .reach = trial.reach, .place = place});
    }
  }
  return best;
}

std::vector<Search::Candidate> Search::Best(std::vector<Candidate> candidates) const {
  std::ranges::stable_sort(candidates, std::ranges::greater(), &Candidate::reach);
  candidates.resize(std::min(candidates.size(), kPlansFollowed));
  const Reach best = candidates.front().reach;
  std::erase_if(candidates, [&](const Candidate& candidate) {
    return candidate.reach.ends != best.ends ||
           candidate.reach.verified + kConvincing < best.verified;
  });
  return candidates;
}

Explanation Search::Conclude(Plan plan) {
  Reach reach = Try(plan.script);
  apply::Comparison comparison = Compare();
  if (!comparison.equal() && SubstituteAtEnd(plan)) comparison = Compare();
  if (!comparison.equal()) {
    SkipCompactions(plan);
    TakeAsAbsent(plan, Compare());
    reach = Try(plan.script);
    comparison = Compare();
  }
  Explanation explanation;
  if (!reach.ends) {
    const auto left = walk_.rows().After(walk_.store().keys().current_revision());
    explanation.left_over =
        left.empty() ? walk_.store().keys().next_revision() : left.front().revision.main;
  } else if (comparison.equal()) {
    ConfirmOthers(plan);
    Try(plan.script);
  }
  explanation.plan = std::move(plan);
  explanation.comparison = std::move(comparison);
  return explanation;
}

bool Search::SubstituteAtEnd(Plan& plan) {
  for (size_t at = 0; at < plan.script.size(); ++at) {
    for (Edit& other : plan.others[at]) {
      if (IsSpent()) return false;
      std::swap(plan.script[at], other);
      if (Try(plan.script).ends && Compare().equal()) return true;
      std::swap(plan.script[at], other);
    }
  }
  Try(plan.script);
  return false;
}

// A compaction that the log has and the database does not have was skipped, too.
void Search::SkipCompactions(Plan& plan) {
  constexpr uint32_t kCompaction = 7;  // field of InternalRaftRequest
  if (walk_.store().keys().compact_revision() <= walk_.rows().compacted()) return;
  raft::Payload payload;
  const std::vector<Step> steps(walk_.steps().begin(), walk_.steps().end());
  for (size_t step = steps.size(); step > 0; --step) {
    const wire::Entry& entry = walk_.entries()[steps[step - 1].position];
    if (entry.type != wire::EntryType::kNormal) continue;
    payload.Decode(entry.data);
    if (payload.request_number() != kCompaction) continue;
    if (static_cast<int64_t>(payload.request().Number(1)) <= walk_.rows().compacted()) break;
    plan = With(plan, steps[step - 1].edits,
                {.kind = EditKind::kSkip, .position = steps[step - 1].position, .count = 1});
  }
  Try(plan.script);
}

// What is missing from the compacted part of the bucket is seen only here.
void Search::TakeAsAbsent(Plan& plan, const apply::Comparison& comparison) {
  std::set<int64_t, std::greater<>> revisions;
  for (const apply::Difference& difference : comparison.first) {
    if (difference.kind != apply::Difference::Kind::kOnlyInStore) return;
    revisions.insert(static_cast<int64_t>(LoadBe64(AsBytes(difference.key).data())));
  }
  if (revisions.size() > AuditReport::kMaxAnomalies) return;
  const std::vector<Step> steps(walk_.steps().begin(), walk_.steps().end());
  for (const int64_t revision : revisions) {
    const auto step = std::ranges::lower_bound(steps, revision, {}, &Step::revision);
    if (step == steps.end() || step->revision != revision) continue;
    plan = With(plan, step->edits, {.kind = EditKind::kIgnore, .position = step->position});
  }
}

apply::Comparison Search::Compare() {
  std::set<int64_t> ignored;
  for (const Step& step : walk_.steps()) {
    if (step.effect == StepEffect::kIgnored) ignored.insert(step.revision);
  }
  apply::MemberStore& store = walk_.store();
  const auto before = store.mark();
  const int64_t current = store.keys().current_revision();
  const int64_t compacted = walk_.rows().compacted();
  for (const wire::Entry& entry : walk_.entries().behind()) {
    if (store.keys().compact_revision() < compacted) store.Apply(entry);
  }
  // What was applied by entries that are lost is no difference.
  const bool is_cut_short = walk_.entries().are_cut_short();
  if (is_cut_short) store.Compact(compacted);
  const auto is_known = [&](const apply::Difference& difference) {
    const auto row = mvcc::ParseRowKey(AsBytes(difference.key));
    if (!row) return false;
    const bool is_of_lost_entry =
        row->revision.main > current ||
        (compacted > current && difference.kind == apply::Difference::Kind::kOnlyInStore);
    return ignored.contains(row->revision.main) || (is_cut_short && is_of_lost_entry);
  };
  auto comparison = apply::CompareKeys(store, database_, is_known);
  store.RollBack(before);
  return comparison;
}

void Search::ConfirmOthers(Plan& plan) {
  for (size_t at = 0; at < plan.script.size(); ++at) {
    std::erase_if(plan.others[at], [&](const Edit& other) {
      Script script = plan.script;
      script[at] = other;
      return IsSpent() || !Try(script).ends || !Compare().equal();
    });
  }
}

}  // namespace etcdf::audit
