#include "audit/search.h"

#include <algorithm>
#include <utility>

#include "audit/report_types.h"
#include "raft/key_range.h"
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

}  // namespace

Search::Search(Walk& walk, const mvcc::Store& database, Trials::Progress progress)
    : trials_(walk, std::move(progress)), walk_(walk), conclusion_(trials_, database) {}

std::optional<Explanation> Search::TakeAsAltered() {
  Plan plan;
  for (trials_.Try({}); walk_.position() < walk_.entries().size(); trials_.Try(plan.script)) {
    const size_t altered = plan.script.size();
    if (altered == AuditReport::kMaxAnomalies || trials_.cancelled()) return std::nullopt;
    plan = plan.With(altered, {.kind = EditKind::kIgnore, .position = walk_.position()});
  }
  // Or else the rows are those of another log.
  if (walk_.tally().verified < plan.script.size()) return std::nullopt;
  return conclusion_.Draw(plan);
}

Explanation Search::Run(uint64_t work_max) {
  trials_.Allow(work_max);
  std::vector<Candidate> candidates(1);
  candidates.front().reach = trials_.Try({});
  std::optional<Explanation> best;
  if (walk_.rows().are_torn()) best = TakeAsAltered();
  std::vector<uint64_t> verified;  // by edits
  for (size_t edits = 0; !best || !best->complete() || best->anomalies() > edits; ++edits) {
    for (Candidate& candidate : candidates) {
      while (!candidate.reach.ends && Substitute(candidate)) {
      }
      if (!candidate.reach.ends) continue;
      Explanation explanation = conclusion_.Draw(candidate.plan);
      if (!best || explanation.IsBetterThan(*best)) best = std::move(explanation);
    }
    verified.push_back(candidates.front().reach.verified);
    const bool is_hopeless =
        edits >= kEditsInARow && verified.back() < verified[edits - kEditsInARow] + kConvincing;
    if (trials_.IsSpent() || edits >= AuditReport::kMaxAnomalies || is_hopeless) break;
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
    // What is found in torn rows leads nowhere if it does not lead to the end.
    best = conclusion_.Draw(walk_.rows().are_torn() ? Plan() : candidates.front().plan);
    best->gave_up = trials_.IsSpent();
    best->too_many = !best->gave_up;
  }
  trials_.Try(best->plan.script);
  return *std::move(best);
}

bool Search::Substitute(Candidate& candidate) {
  trials_.Try(candidate.plan.script);
  candidate.plan.NameShifts(KeysAtMismatch());
  const Limit limit{.verified = candidate.reach.verified + kLookAhead};
  Reach best = candidate.reach;
  std::pair<size_t, size_t> chosen;
  for (size_t at = candidate.plan.script.size(); at > 0; --at) {
    for (size_t i = 0; i < candidate.plan.others[at - 1].size(); ++i) {
      if (trials_.IsSpent()) return false;
      const Reach reach = trials_.Try(candidate.plan.ScriptSwapped(at - 1, i), limit);
      if (reach <= best) continue;
      best = reach;
      chosen = {at - 1, i};
    }
  }
  if (best == candidate.reach) return false;
  candidate.plan = candidate.plan.Swapped(chosen.first, chosen.second);
  candidate.reach = trials_.Try(candidate.plan.script);
  return true;
}

// A write that no entry explains, and whose row is gone, still counts in the version of its key, in
// compares with it, and in a delete that found it. The mismatch tells which key that may have been:
// it is among those of the rows written or stored there, or of the entries in front of it that left
// nothing to be compared.
std::vector<std::string_view> Search::KeysAtMismatch() const {
  constexpr size_t kKeysMax = 16;
  std::vector<std::string_view> keys;
  const auto add = [&](Bytes key) {
    if (std::ranges::find(keys, AsText(key)) == keys.end()) keys.push_back(AsText(key));
    return keys.size() < kKeysMax;
  };
  for (const apply::StoredRow& row : walk_.predicted()) add(row.key);
  for (const auto& row : walk_.rows().At(walk_.store().keys().next_revision())) add(row.key);
  raft::Payload payload;
  const auto add_keys_of = [&](size_t position) {
    const wire::Entry& entry = walk_.entries()[position];
    if (entry.type != wire::EntryType::kNormal) return;
    payload.Decode(entry.data);
    raft::VisitKeys(payload.message(), [&](const raft::KeyUse& use) { return add(use.range.key); });
  };
  if (walk_.position() < walk_.entries().size()) add_keys_of(walk_.position());
  for (size_t step = walk_.steps().size(); step > 0 && keys.size() < kKeysMax; --step) {
    if (walk_.steps()[step - 1].effect == StepEffect::kVerified) break;
    add_keys_of(walk_.steps()[step - 1].position);
  }
  return keys;
}

std::vector<Search::Trial> Search::TryAll(const Candidate& candidate) {
  trials_.Try(candidate.plan.script);
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
    const auto [place, edit] = trial.hypothesis;
    trial.reach = trials_.Try(candidate.plan.ScriptWith(place, edit), limit);
  };
  const Limit near{.verified = candidate.reach.verified + kLookAhead};
  for (Trial* const trial : order) {
    if (!trials_.IsSpent()) run(*trial, near);
  }
  std::erase_if(order, [&](const Trial* trial) { return trial->reach.verified < near.verified; });
  for (Trial* const trial : order) {
    if (!trials_.IsSpent()) run(*trial, {});
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
      if (trials_.IsSpent()) return;
      const Candidate other{.plan = plan.Swapped(at - 1, i), .reach = candidate.reach};
      if (trials_.Try(other.plan.script) == candidate.reach) ExtendOne(other, extended);
    }
  }
}

Reach Search::ExtendOne(const Candidate& candidate, std::vector<Candidate>& extended) {
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
          {.plan = candidate.plan.With(place, edit), .reach = trial.reach, .place = place});
    }
  }
  return best;
}

std::vector<Search::Candidate> Search::Best(std::vector<Candidate> candidates) {
  std::ranges::stable_sort(candidates, std::ranges::greater(), &Candidate::reach);
  candidates.resize(std::min(candidates.size(), kPlansFollowed));
  const Reach best = candidates.front().reach;
  std::erase_if(candidates, [&](const Candidate& candidate) {
    return candidate.reach.ends != best.ends ||
           candidate.reach.verified + kConvincing < best.verified;
  });
  return candidates;
}

}  // namespace etcdf::audit
