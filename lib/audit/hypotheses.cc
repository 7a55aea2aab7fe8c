#include "audit/hypotheses.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <unordered_map>

namespace etcdf::audit {
namespace {

constexpr size_t kStepsLookedAt = 4096;
// What is found later or earlier in the log need not be an effect that can be found by its content:
// deletes are not. So the nearest places are tried whatever they hold.
constexpr size_t kNearest = 60;
constexpr size_t kMatches = 8;
// Entries before the mismatch that may be alike: the same put several times in a row.
constexpr size_t kJustBefore = 12;
constexpr size_t kBlindSpots = 600;
constexpr size_t kKeysNamed = 2;
// Where entries are far from what is stored, every length of a range may fit from everywhere.
constexpr size_t kFoundMax = 1 << 16;

}  // namespace

Hypotheses::Hypotheses(Walk& walk, const replay::Contents& contents)
    : walk_(walk), contents_(contents) {
  const auto steps = walk.steps().last(std::min(walk.steps().size(), kStepsLookedAt));
  steps_.assign(steps.begin(), steps.end());
  next_ = steps_.size();
  steps_.push_back({.position = walk.position(), .edits = static_cast<uint32_t>(walk.edits())});
  main_ = walk.store().keys().next_revision();
  stored_ = walk.rows().At(main_);
  has_rows_left_ = !stored_.empty() || !walk.rows().After(main_).empty();
  for (blind_begin_ = next_; blind_begin_ > 0; --blind_begin_) {
    if (steps_[blind_begin_ - 1].effect == StepEffect::kVerified) break;
  }
}

// In the order in which equals are preferred. One revision more whose row is gone may be anything;
// many of them in a row are entries taken twice, and so is one that repeats what the entry wrote. A
// row may be altered later, but hardly to one of another key.
int Hypotheses::RankOf(const Edit& edit) const {
  switch (edit.kind) {
    case EditKind::kSkip: return edit.count == 1 ? 0 : 1;
    case EditKind::kRepeat: return 3;
    case EditKind::kIgnore:
      if (has_other_keys_) return 7;
      [[fallthrough]];
    case EditKind::kForce: return 4;  // in the order in which they were added
    case EditKind::kUnlogged: return 5;
    case EditKind::kShift: break;
  }
  if (!edit.key.empty()) return 5;
  return edit.count == 1 ? 2 : 6;
}

std::vector<Hypothesis> Hypotheses::Find() {
  const size_t left = walk_.entries().size() - walk_.position();
  Add(EditKind::kSkip, next_, left);
  if (left > 0) {
    AddSkips();
    AddOtherEffects();
  }
  AddRepeats();
  AddUnlogged();
  if (main_ <= walk_.rows().incomplete_until() || blind_begin_ < next_) {
    AddMissing(1);
    for (const int64_t offset : EstimateOffsets()) {
      if (offset > 1) AddMissing(static_cast<size_t>(offset));
      if (offset < 0) AddSurplus(static_cast<size_t>(-offset));
    }
  }
  std::ranges::stable_sort(found_, {}, [this, left](const Hypothesis& hypothesis) {
    const bool is_tail = hypothesis.edit.kind == EditKind::kSkip && hypothesis.edit.count == left;
    return std::pair(is_tail ? -1 : RankOf(hypothesis.edit), hypothesis.edit.count);
  });
  return std::move(found_);
}

void Hypotheses::Add(EditKind kind, size_t step, size_t count, std::string_view key) {
  if (count == 0 && (kind == EditKind::kSkip || kind == EditKind::kRepeat)) return;
  // What is stored from here on, some entry must have written.
  const bool skips_the_rest =
      kind == EditKind::kSkip && count >= walk_.entries().size() - steps_[step].position;
  if ((skips_the_rest && has_rows_left_) || found_.size() == kFoundMax) return;
  found_.push_back(
      {.place = steps_[step].edits,
       .edit = {.kind = kind, .position = steps_[step].position, .count = count, .key = key}});
}

void Hypotheses::AddSkips() {
  Add(EditKind::kSkip, next_, 1);
  for (size_t step = next_; step > 0 && step + kJustBefore > next_; --step) {
    Add(EditKind::kSkip, step - 1, 1);
  }
  for (size_t count = 2; count <= kNearest; ++count) Add(EditKind::kSkip, next_, count);
  if (stored_.empty()) return;
  for (const size_t match : contents_.Near(stored_.front(), walk_.position(), kMatches)) {
    if (match > walk_.position() + kNearest) {
      Add(EditKind::kSkip, next_, match - walk_.position());
    }
  }
}

// Entries that write nothing may have come before the repetition or behind it.
void Hypotheses::AddRepeats() {
  for (size_t step = next_; next_ - step < kNearest; --step) {
    const size_t position = steps_[step].position;
    if (next_ - step < kJustBefore) {
      for (size_t count = 1; count <= std::min(kNearest, position); ++count) {
        Add(EditKind::kRepeat, step, count);
      }
    }
    if (!stored_.empty()) {
      for (const size_t match : contents_.Near(stored_.front(), position, kMatches)) {
        if (match < position) Add(EditKind::kRepeat, step, position - match);
      }
    }
    if (step == 0 || Writes(step - 1)) break;
  }
}

// What the entry itself holds, it may have written by its other branch. Otherwise a changed value
// is likelier to have been changed afterwards, as long as nothing follows from it.
void Hypotheses::AddOtherEffects() {
  const bool is_complete = main_ > walk_.rows().incomplete_until();
  if (stored_.empty()) {
    if (is_complete) Add(EditKind::kIgnore, next_, 0);
    return;
  }
  const bool same_keys = std::ranges::equal(
      walk_.predicted(), stored_, [](const apply::StoredRow& a, const apply::StoredRow& b) {
        return a.revision == b.revision && a.tombstone == b.tombstone && Equal(a.key, b.key) &&
               a.create_revision == b.create_revision && a.version == b.version;
      });
  const bool some_are_gone = std::ranges::all_of(stored_, [&](const apply::StoredRow& row) {
    return std::ranges::any_of(walk_.predicted(), [&](const apply::StoredRow& predicted) {
      return replay::SameRow(row, predicted);
    });
  });
  has_other_keys_ = !same_keys && !some_are_gone;
  const bool later = some_are_gone || (same_keys && !StoredIsInTheEntry());
  if (later || !is_complete) Add(EditKind::kIgnore, next_, 0);
  if (is_complete) Add(EditKind::kForce, next_, 0);
  if (is_complete && same_keys && !later) Add(EditKind::kIgnore, next_, 0);
}

bool Hypotheses::StoredIsInTheEntry() const {
  const size_t position = walk_.position();
  return std::ranges::all_of(stored_, [&](const apply::StoredRow& row) {
    const auto nearest = contents_.Near(row, position, 1);
    return !nearest.empty() && nearest.front() == position;
  });
}

// What a blind entry says is likelier to be that entry's, some revisions later.
bool Hypotheses::StoredIsOfBlindEntry() const {
  const auto nearest = contents_.Near(stored_.front(), walk_.position(), kMatches);
  return std::ranges::any_of(nearest, [&](size_t position) {
    return position >= steps_[blind_begin_].position && position < walk_.position();
  });
}

// Entries that write nothing may have come before the write or behind it.
void Hypotheses::AddUnlogged() {
  if (stored_.empty() || StoredIsOfBlindEntry()) return;
  Add(EditKind::kUnlogged, next_, 0);
  for (size_t step = next_; step > 0 && step + kJustBefore > next_ && !Writes(step - 1); --step) {
    Add(EditKind::kUnlogged, step - 1, 0);
  }
}

// `revisions` are too few around here: some entries in a row left nothing, beginning in the blind
// region. How many wrote something is known up to the mismatch only; and behind what was skipped
// others may have written more or less than they would have.
void Hypotheses::AddMissing(size_t revisions) {
  constexpr size_t kWithoutEffect = 12;
  const size_t slack = revisions == 1 ? 0 : 2 + revisions / 4;
  const size_t writes_min = revisions - std::min(revisions - 1, slack);
  size_t spots = 0;
  for (size_t begin = next_; begin-- > blind_begin_ && spots < kBlindSpots;) {
    if (!Writes(begin)) continue;
    ++spots;
    size_t writes = 0;
    size_t end = begin;
    for (; end < next_ && writes < revisions + slack; ++end) {
      if (steps_[end].edits != steps_[begin].edits) break;
      if (Writes(end) && ++writes >= writes_min) Add(EditKind::kSkip, begin, end + 1 - begin);
    }
    if (end < next_ || steps_[next_].edits != steps_[begin].edits) continue;
    const size_t more = revisions - std::min(writes, revisions);
    for (size_t i = more - std::min(more, slack); i <= more + slack + kWithoutEffect; ++i) {
      if (i > 0) Add(EditKind::kSkip, begin, next_ - begin + i);
    }
  }
}

// `revisions` are too many around here: some entries were taken twice, ending in the blind region.
void Hypotheses::AddSurplus(size_t revisions) {
  // Not all of them write the second time what they wrote the first time, or nothing.
  constexpr size_t kWithoutEffect = 12;
  const size_t writes_min = revisions - std::min(revisions - 1, 2 + revisions / 4);
  size_t spots = 0;
  for (size_t end = next_ + 1; end-- > blind_begin_ && spots < kBlindSpots;) {
    if (end != blind_begin_ && !Writes(end - 1)) continue;
    ++spots;
    size_t writes = 0;
    for (size_t begin = end; begin > 0 && writes < revisions + kWithoutEffect; --begin) {
      if (steps_[begin - 1].edits != steps_[end].edits) break;
      if (!Writes(begin - 1)) continue;
      if (++writes >= writes_min) Add(EditKind::kRepeat, end, end - begin + 1);
    }
    Add(EditKind::kShift, end, revisions);
    if (revisions > 1) continue;
    // A put of the key that is stored here shows at once, in its version.
    for (const apply::StoredRow& row : stored_.first(std::min(stored_.size(), kKeysNamed))) {
      if (row.version > 1) Add(EditKind::kShift, end, 1, AsText(row.key));
    }
  }
}

std::vector<int64_t> Hypotheses::EstimateOffsets() {
  constexpr size_t kOffsetsTried = 3;
  constexpr size_t kEntriesAhead = 1500;
  constexpr size_t kRowsCompared = 25;
  constexpr uint64_t kOffsetMax = 1 << 16;
  const int64_t begin = blind_begin_ > 0 ? steps_[blind_begin_ - 1].revision : 0;
  apply::MemberStore& store = walk_.store();
  const auto before = store.mark();
  const size_t end = std::min(walk_.entries().size(), walk_.position() + kEntriesAhead);
  for (size_t at = walk_.position(); at < end; ++at) store.Apply(walk_.entries()[at]);
  walk_.CountWork(end - walk_.position());
  std::unordered_multimap<uint64_t, int64_t> predicted;
  for (const apply::StoredRow& row : store.keys().RowsAfter(begin)) {
    if (!row.tombstone)
      predicted.emplace(replay::HashContent(row.key, row.value), row.revision.main);
  }
  store.RollBack(before);
  std::map<int64_t, size_t> votes;
  const auto rows = walk_.rows().After(begin);
  for (const apply::StoredRow& row : rows.first(std::min(rows.size(), kRowsCompared))) {
    if (row.tombstone) continue;
    const auto [first, last] = predicted.equal_range(replay::HashContent(row.key, row.value));
    for (auto at = first; at != last; ++at) {
      const uint64_t offset =
          static_cast<uint64_t>(at->second) - static_cast<uint64_t>(row.revision.main);
      const bool is_near = offset + kOffsetMax <= 2 * kOffsetMax;
      if (offset != 0 && is_near) ++votes[static_cast<int64_t>(offset)];
    }
  }
  std::vector<int64_t> offsets;
  for (const auto& [offset, count] : votes) offsets.push_back(offset);
  std::ranges::sort(offsets, std::ranges::greater(),
                    [&](int64_t offset) { return std::pair(votes[offset], -std::abs(offset)); });
  offsets.resize(std::min(offsets.size(), kOffsetsTried));
  return offsets;
}

}  // namespace etcdf::audit
