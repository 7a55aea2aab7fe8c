#include "audit/report.h"

#include <algorithm>
#include <set>

#include "raft/payload.h"

namespace etcdf::audit {
namespace {

AnomalyRow Copy(const apply::StoredRow& row) {
  return {.revision = row.revision,
          .tombstone = row.tombstone,
          .key = std::string(AsText(row.key)),
          .value = std::string(AsText(row.value)),
          .create_revision = row.create_revision,
          .version = row.version,
          .lease = row.lease};
}

void Append(std::vector<AnomalyRow>& to, std::span<const apply::StoredRow> rows) {
  for (const apply::StoredRow& row : rows) {
    if (to.size() < Anomaly::kMaxRows) to.push_back(Copy(row));
  }
}

// Those from the entry at `first` on.
void NameEntries(const replay::Entries& entries, size_t first, size_t count, Anomaly& anomaly) {
  const wire::Entry& entry = entries[first];
  anomaly.index_first = entry.index;
  anomaly.index_last = entries[first + count - 1].index;
  anomaly.term = entry.term;
  if (entry.type != wire::EntryType::kNormal) return;
  raft::Payload payload;
  payload.Decode(entry.data);
  anomaly.request = payload.request_name();
}

// The first position that an edit is about.
size_t FirstPosition(const Edit& edit) {
  return edit.kind == EditKind::kRepeat ? edit.position - edit.count : edit.position;
}

// Tells of one edit, the walk standing in front of it.
class Teller {
 public:
  Teller(Walk& walk, const Edit& edit) : walk_(walk), edit_(edit) {}

  Anomaly Tell() {
    anomaly_.revision = walk_.store().keys().next_revision();
    const auto stored = walk_.rows().At(anomaly_.revision);
    switch (edit_.kind) {
      case EditKind::kSkip: TellSkip(stored); break;
      case EditKind::kRepeat: TellRepeat(); break;
      case EditKind::kForce:
      case EditKind::kIgnore: TellOtherEffect(stored); break;
      case EditKind::kUnlogged:
        anomaly_.kind = AnomalyKind::kUnlogged;
        anomaly_.revisions = 1;
        Append(anomaly_.found, edit_.rows != nullptr ? edit_.rows->At(anomaly_.revision) : stored);
        break;
      case EditKind::kShift:
        anomaly_.kind = AnomalyKind::kExtraRevisions;
        anomaly_.revisions = static_cast<int64_t>(edit_.count);
        break;
    }
    NameEntries();
    return std::move(anomaly_);
  }

 private:
  // Takes the entries for a moment. Returns how many revisions they write.
  int64_t Take(size_t first, size_t count, std::vector<AnomalyRow>& rows) {
    apply::MemberStore& store = walk_.store();
    const auto before = store.mark();
    int64_t revisions = 0;
    for (const wire::Entry& entry : walk_.entries().all().subspan(first, count)) {
      const auto written = store.Apply(entry).rows;
      revisions += written.empty() ? 0 : 1;
      rows_taken_ += written.size();
      Append(rows, written);
    }
    store.RollBack(before);
    return revisions;
  }

  void TellSkip(std::span<const apply::StoredRow> stored) {
    const size_t left = walk_.entries().size() - edit_.position;
    const size_t count = std::min(left, edit_.count);
    anomaly_.kind = count == left ? AnomalyKind::kNotAppliedTail
                    : count == 1  ? AnomalyKind::kSkipped
                                  : AnomalyKind::kSkippedRange;
    anomaly_.revisions = -Take(edit_.position, count, anomaly_.expected);
    Append(anomaly_.found, stored);
    index_count_ = count;
  }

  void TellRepeat() {
    anomaly_.kind = AnomalyKind::kAppliedTwice;
    anomaly_.revisions = Take(edit_.position - edit_.count, edit_.count, anomaly_.found);
    index_count_ = edit_.count;
  }

  void TellOtherEffect(std::span<const apply::StoredRow> stored) {
    const int64_t writes = Take(edit_.position, 1, anomaly_.expected);
    Append(anomaly_.found, stored);
    if (edit_.kind == EditKind::kForce) {
      anomaly_.kind = AnomalyKind::kAppliedDifferently;
      anomaly_.revisions = (stored.empty() ? 0 : 1) - writes;
      return;
    }
    const bool all_expected = std::ranges::all_of(anomaly_.found, [&](const AnomalyRow& row) {
      return std::ranges::find(anomaly_.expected, row) != anomaly_.expected.end();
    });
    anomaly_.kind = all_expected ? AnomalyKind::kRowAbsent : AnomalyKind::kRowAltered;
    if (!all_expected) return;
    anomaly_.revision_last = anomaly_.revision;
    anomaly_.rows_missing = rows_taken_ - std::min(rows_taken_, stored.size());
  }

  void NameEntries() {
    const size_t first = FirstPosition(edit_);
    if (first >= walk_.entries().size()) return;
    etcdf::audit::NameEntries(walk_.entries(), first, index_count_, anomaly_);
  }

  Walk& walk_;
  const Edit& edit_;
  size_t index_count_ = 1;
  uint64_t rows_taken_ = 0;
  Anomaly anomaly_;
};

AnomalyKind KindOf(EditKind kind) {
  switch (kind) {
    case EditKind::kSkip: break;
    case EditKind::kRepeat: return AnomalyKind::kAppliedTwice;
    case EditKind::kForce: return AnomalyKind::kAppliedDifferently;
    case EditKind::kIgnore: return AnomalyKind::kRowAltered;
    case EditKind::kUnlogged: return AnomalyKind::kUnlogged;
    case EditKind::kShift: return AnomalyKind::kExtraRevisions;
  }
  return AnomalyKind::kSkipped;
}

// Nothing follows from a row that is gone or different: it looks the same whether it was written
// so, changed later or, at the end, never written at all, and one name for that is enough. Beside a
// write of its own it is another story.
bool IsOtherStory(EditKind kind, EditKind chosen) {
  const bool is_about_a_row = kind == EditKind::kForce || kind == EditKind::kIgnore;
  return kind != chosen && (chosen == EditKind::kUnlogged || !is_about_a_row);
}

void NameTies(const replay::Entries& entries, const Edit& edit, const std::vector<Edit>& others,
              Anomaly& anomaly) {
  std::set<uint64_t> indexes;
  std::set<AnomalyKind> kinds;
  const auto take = [&](const Edit& each) {
    const size_t first = FirstPosition(each);
    if (first < entries.size()) indexes.insert(entries[first].index);
    if (IsOtherStory(each.kind, edit.kind)) kinds.insert(KindOf(each.kind));
  };
  take(edit);
  std::ranges::for_each(others, take);
  if (indexes.size() > 1 || !kinds.empty()) anomaly.ties.assign(indexes.begin(), indexes.end());
  anomaly.other_kinds.assign(kinds.begin(), kinds.end());
}

}  // namespace

std::vector<Anomaly> AnomaliesOf(Walk& walk, const Explanation& explanation) {
  std::vector<Anomaly> anomalies;
  const Script& script = explanation.plan.script;
  const size_t end = walk.steps().size();
  for (size_t at = walk.edits(); at > 0; --at) {
    walk.GoBackToEdit(at - 1);
    anomalies.push_back(Teller(walk, script[at - 1]).Tell());
    NameTies(walk.entries(), script[at - 1], explanation.plan.others[at - 1], anomalies.back());
    if (!explanation.settled_by.empty()) {
      anomalies.back().settled_by = explanation.settled_by[at - 1];
    }
  }
  walk.Run({.step = end});
  std::ranges::reverse(anomalies);
  return anomalies;
}

std::vector<Anomaly> AnomaliesOf(const Walk& walk, const Remains& remains) {
  std::vector<Anomaly> anomalies;
  const auto steps = walk.steps();
  for (const apply::StoredRow& stray : remains.strays) {
    anomalies.push_back(
        {.kind = AnomalyKind::kUnlogged, .revision = stray.revision.main, .found = {Copy(stray)}});
  }
  for (const MissingRows& rows : remains.missing) {
    Anomaly& anomaly = anomalies.emplace_back();
    anomaly.kind = AnomalyKind::kRowAbsent;
    anomaly.revision = rows.revision_first;
    anomaly.revision_last = rows.revision_last;
    anomaly.rows_missing = rows.count;
    Append(anomaly.expected, rows.first);
    // If nothing is stored behind, the entries may as well have left nothing.
    const bool is_the_end = rows.revision_last >= walk.rows().last();
    if (is_the_end) anomaly.other_kinds.push_back(AnomalyKind::kNotAppliedTail);
    const auto first = std::ranges::lower_bound(steps, rows.revision_first, {}, &Step::revision);
    const auto last = std::ranges::lower_bound(steps, rows.revision_last, {}, &Step::revision);
    if (last == steps.end()) continue;
    NameEntries(walk.entries(), first->position, last->position - first->position + 1, anomaly);
  }
  return anomalies;
}

}  // namespace etcdf::audit
