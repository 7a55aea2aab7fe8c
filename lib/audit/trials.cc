#include "audit/trials.h"

#include <algorithm>
#include <utility>

namespace etcdf::audit {
namespace {

// Who asked is told after so many steps.
constexpr size_t kStepsATime = 1 << 15;

}  // namespace

Trials::Trials(Walk& walk, Progress progress) : walk_(walk), progress_(std::move(progress)) {}

bool Trials::GoesOn() {
  if (!cancelled_ && progress_ && walk_.work() >= next_progress_) {
    next_progress_ = walk_.work() + kStepsATime;
    cancelled_ = !progress_(walk_.position(), walk_.entries().size());
  }
  return !cancelled_;
}

bool Trials::IsSpent() const { return cancelled_ || walk_.work() > work_max_; }

Reach Trials::Try(const Script& script, const Limit& limit) {
  walk_.SetScript(script);
  Pause pause = Pause::kLimit;
  while (GoesOn()) {
    const size_t step = std::min(limit.step, walk_.steps().size() + kStepsATime);
    pause = walk_.Run({.step = step, .verified = limit.verified});
    if (pause != Pause::kLimit || step == limit.step) break;
    if (walk_.tally().verified >= limit.verified) break;
  }
  const auto left = walk_.rows().After(walk_.store().keys().current_revision());
  // What is left may be of entries that are lost, if the last one that is there was taken.
  const bool takes_the_last =
      !walk_.steps().empty() && walk_.steps().back().position + 1 == walk_.entries().size();
  const bool explains_the_rest =
      left.empty() || (walk_.entries().are_cut_short() && takes_the_last);
  return {.ends = pause == Pause::kEnd && explains_the_rest, .verified = walk_.tally().verified};
}

}  // namespace etcdf::audit
