#include "audit/walk.h"

#include <algorithm>
#include <utility>

namespace etcdf::audit {
namespace {

// A checkpoint at every so many steps: going back costs at most as many.
constexpr size_t kCheckpointEvery = 64;
// So many entries are kept decoded, none that is larger: some megabytes.
constexpr size_t kKept = 2048;
constexpr size_t kKeptBytes = 2048;

// All of `found` must be among `written`; both are in the order of their revisions.
bool IsSubset(std::span<const apply::StoredRow> found, std::span<const apply::StoredRow> written) {
  for (const apply::StoredRow& row : found) {
    while (!written.empty() && written.front().revision < row.revision) {
      written = written.subspan(1);
    }
    if (written.empty() || !replay::SameRow(written.front(), row)) return false;
  }
  return true;
}

bool IsInFront(EditKind kind) { return kind != EditKind::kForce && kind != EditKind::kIgnore; }

}  // namespace

Walk::Walk(const replay::Entries& entries, const replay::StoredRows& rows,
           apply::MemberStore& store, size_t position)
    : entries_(entries), rows_(rows), store_(store), state_{.position = position} {
  checkpoints_.push_back({.state = state_, .mark = store_.mark()});
}

void Walk::SetScript(Script script) {
  const auto same =
      static_cast<size_t>(std::ranges::mismatch(script_, script).in1 - script_.begin());
  size_t step = state_.step;
  if (same < done_.size()) step = done_[same].step;
  if (same < script.size() && same <= done_.size()) {
    // Behind the edits that both have, entry follows entry.
    const Done begin{.position = checkpoints_.front().state.position};
    const Done& armed = same == 0 ? begin : done_[same - 1];
    const size_t ahead = script[same].position - std::min(script[same].position, armed.position);
    step = std::min(step, armed.step + ahead);
  }
  const bool goes_back = step < state_.step || same < done_.size();
  if (goes_back) {
    script_.resize(std::min(same, script_.size()));
    GoBack(step);
  }
  script_ = std::move(script);
}

Pause Walk::Run(const Limit& limit) {
  while (state_.step < limit.step && state_.tally.verified < limit.verified) {
    if (state_.step >= checkpoints_.back().state.step + kCheckpointEvery) {
      checkpoints_.push_back({.state = state_, .mark = store_.mark()});
    }
    while (IsNext(true)) DoEditInFront();
    if (state_.position >= entries_.size()) {
      predicted_.clear();
      return Pause::kEnd;
    }
    if (!TakeStep()) return Pause::kMismatch;
  }
  return Pause::kLimit;
}

void Walk::GoBack(size_t step) {
  while (checkpoints_.size() > 1 && checkpoints_.back().state.step > step) checkpoints_.pop_back();
  const Checkpoint& checkpoint = checkpoints_.back();
  store_.RollBack(checkpoint.mark);
  state_ = checkpoint.state;
  decoded_from_ = state_.position;
  steps_.resize(state_.step);
  done_.resize(state_.edit);
  Run({.step = step});
}

void Walk::GoBackToEdit(size_t edit) {
  GoBack(done_[edit].step);
  while (state_.edit < edit && IsNext(true)) DoEditInFront();
}

bool Walk::IsNext(bool in_front) const {
  return state_.edit < script_.size() && script_[state_.edit].position == state_.position &&
         IsInFront(script_[state_.edit].kind) == in_front;
}

void Walk::DoEditInFront() {
  const Edit& edit = script_[state_.edit++];
  switch (edit.kind) {
    case EditKind::kSkip:
      state_.position += std::min(entries_.size() - state_.position, edit.count);
      break;
    case EditKind::kRepeat: state_.position -= std::min(state_.position, edit.count); break;
    case EditKind::kShift: Shift(edit); break;
    default: {
      const replay::StoredRows& rows = edit.rows != nullptr ? *edit.rows : rows_;
      store_.Force(rows.At(store_.keys().next_revision()));
      break;
    }
  }
  done_.push_back({.step = state_.step, .position = state_.position});
}

void Walk::Shift(const Edit& edit) {
  size_t count = edit.count;
  if (!edit.key.empty() && count > 0) {
    const apply::StoredRow* const before = store_.keys().Find(AsBytes(edit.key));
    apply::StoredRow row{.key = AsBytes(edit.key), .version = 1};
    row.create_revision =
        before != nullptr ? before->create_revision : store_.keys().next_revision();
    if (before != nullptr) row.version += before->version;
    store_.Force({&row, 1});
    --count;
  }
  store_.Shift(static_cast<int64_t>(count));
}

apply::Outcome Walk::Apply(size_t position) {
  const wire::Entry& entry = entries_[position];
  const bool is_near = position >= decoded_from_ && position - decoded_from_ < kKept;
  if (!is_near || entry.type != wire::EntryType::kNormal || entry.data.size() > kKeptBytes) {
    return store_.Apply(entry);
  }
  if (decoded_.empty()) decoded_.resize(kKept);
  Decoded& decoded = decoded_[position % kKept];
  if (decoded.position != position) {
    decoded.payload.Decode(entry.data);
    decoded.position = position;
  }
  return store_.Apply(entry, decoded.payload);
}

bool Walk::TakeStep() {
  const auto before = store_.mark();
  const size_t edits = state_.edit;
  const apply::Outcome outcome = Apply(state_.position);
  work_ += std::max<size_t>(outcome.rows.size(), 1);
  auto effect = StepEffect::kNone;
  if (IsNext(false)) {
    effect = StepEffect::kIgnored;
    if (script_[state_.edit++].kind == EditKind::kForce) {
      store_.RollBack(before);
      store_.Force(rows_.At(store_.keys().next_revision()));
      effect = StepEffect::kForced;
    }
    done_.push_back({.step = state_.step, .position = state_.position + 1});
  } else if (outcome.rows.empty() || Matches(outcome.rows, effect)) {
    // As it should be.
  } else if (outcome.refused_by_proposer && entries_.MayBeOwn(state_.position)) {
    store_.RollBack(before);
    effect = StepEffect::kNone;
  } else {
    predicted_.assign(outcome.rows.begin(), outcome.rows.end());
    store_.RollBack(before);
    return false;
  }
  state_.tally.verified += effect == StepEffect::kVerified ? 1 : 0;
  state_.tally.untold += outcome.refused_by_proposer ? 1 : 0;
  steps_.push_back({.position = state_.position,
                    .revision = store_.keys().current_revision(),
                    .edits = static_cast<uint32_t>(edits),
                    .effect = effect});
  const bool is_as_logged =
      effect == StepEffect::kVerified || effect == StepEffect::kBlind || outcome.rows.empty();
  if (observer_ && is_as_logged) observer_(steps_.back(), outcome);
  ++state_.position;
  ++state_.step;
  return true;
}

bool Walk::IsForWantOfRows() const {
  return !predicted_.empty() && IsSubset(rows_.At(store_.keys().next_revision()), predicted_);
}

bool Walk::Matches(std::span<const apply::StoredRow> written, StepEffect& effect) const {
  const int64_t main = written.front().revision.main;
  const auto found = rows_.At(main);
  effect = found.empty() ? StepEffect::kBlind : StepEffect::kVerified;
  if (main <= rows_.incomplete_until()) return IsSubset(found, written);
  return std::ranges::equal(found, written, replay::SameRow);
}

}  // namespace etcdf::audit
