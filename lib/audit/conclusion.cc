#include "audit/conclusion.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "audit/report_types.h"
#include "mvcc/revision.h"
#include "raft/payload.h"

namespace etcdf::audit {

Explanation Conclusion::Draw(Plan plan) {
  Reach reach = trials_.Try(plan.script);
  Remains remains = Compare();
  if (!remains.comparison.equal()) {
    plan.NameShifts(KeysOf(remains.comparison));
    if (Swap(plan)) remains = Compare();
  }
  if (!remains.comparison.equal()) {
    SkipCompactions(plan);
    TakeAsAbsent(plan, Compare().comparison);
    reach = trials_.Try(plan.script);
    remains = Compare();
  }
  Explanation explanation;
  const bool has_strays = !remains.strays.empty() && walk_.position() == walk_.entries().size();
  if (!reach.ends && !has_strays) {
    const auto left = walk_.rows().After(walk_.store().keys().current_revision());
    explanation.left_over =
        left.empty() ? walk_.store().keys().next_revision() : left.front().revision.main;
  } else if (remains.comparison.equal()) {
    DropNeedless(plan);
    ConfirmOthers(plan);
    trials_.Try(plan.script);
  }
  explanation.plan = std::move(plan);
  explanation.remains = std::move(remains);
  return explanation;
}

bool Conclusion::Gives(const Script& script) {
  return trials_.Try(script).ends && Compare().comparison.equal();
}

bool Conclusion::Swap(Plan& plan) {
  for (size_t at = 0; at < plan.script.size(); ++at) {
    for (size_t other = 0; other < plan.others[at].size(); ++other) {
      if (trials_.IsSpent()) return false;
      if (!Gives(plan.ScriptSwapped(at, other))) continue;
      plan = plan.Swapped(at, other);
      return true;
    }
  }
  trials_.Try(plan.script);
  return false;
}

// Of the rows that the script gives or the database holds where they differ.
std::vector<std::string_view> Conclusion::KeysOf(const apply::Comparison& comparison) const {
  constexpr size_t kKeysMax = 16;
  std::vector<std::string_view> keys;
  for (const apply::Difference& difference : comparison.first) {
    const auto at = mvcc::ParseRowKey(AsBytes(difference.key));
    if (!at || keys.size() == kKeysMax) continue;
    const auto given = walk_.store().keys().RowsAfter(at->revision.main - 1);
    const auto stored = walk_.rows().At(at->revision.main);
    for (const auto rows : {given, stored}) {
      const auto row = std::ranges::find(rows, at->revision, &apply::StoredRow::revision);
      if (row == rows.end()) continue;
      if (std::ranges::find(keys, AsText(row->key)) == keys.end()) keys.push_back(AsText(row->key));
    }
  }
  return keys;
}

// A compaction that the log has and the database does not have was skipped, too.
void Conclusion::SkipCompactions(Plan& plan) {
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
    if (plan.script.size() >= AuditReport::kMaxAnomalies) break;
    plan = plan.With(steps[step - 1].edits,
                     {.kind = EditKind::kSkip, .position = steps[step - 1].position, .count = 1});
  }
  trials_.Try(plan.script);
}

// What is missing from the compacted part of the bucket is seen only here.
void Conclusion::TakeAsAbsent(Plan& plan, const apply::Comparison& comparison) {
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
    plan = plan.With(step->edits, {.kind = EditKind::kIgnore, .position = step->position});
  }
}

Remains Conclusion::Compare() {
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
    // A page in an earlier version, whose rows were held against the log on the way.
    const bool is_of_the_past = walk_.rows().are_torn() &&
                                row->revision.main <= store.keys().compact_revision() &&
                                difference.kind == apply::Difference::Kind::kOnlyInDatabase;
    return ignored.contains(row->revision.main) || (is_cut_short && is_of_lost_entry) ||
           is_of_the_past;
  };
  Remains remains;
  if (walk_.rows().are_torn()) {
    remains = CompareWithRows(store, walk_.rows(), is_known);
  } else {
    remains.comparison = apply::CompareKeys(store, database_, is_known);
  }
  walk_.CountWork(walk_.rows().all().size());
  store.RollBack(before);
  return remains;
}

// An edit may have stood for one that was exchanged since.
void Conclusion::DropNeedless(Plan& plan) {
  for (size_t at = plan.script.size(); at > 0 && plan.script.size() > 1; --at) {
    Plan shorter = plan.Without(at - 1);
    if (!trials_.IsSpent() && Gives(shorter.script)) plan = std::move(shorter);
  }
}

void Conclusion::ConfirmOthers(Plan& plan) {
  for (size_t at = 0; at < plan.script.size(); ++at) {
    std::erase_if(plan.others[at], [&](const Edit& other) {
      Script script = plan.script;
      script[at] = other;
      return trials_.IsSpent() || !Gives(script);
    });
  }
}

}  // namespace etcdf::audit
