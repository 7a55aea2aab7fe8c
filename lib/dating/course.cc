#include "dating/course.h"

#include <algorithm>
#include <limits>

namespace etcdf::dating {
namespace {

// The longest subsequence whose times do not go back (patience sorting).
std::vector<bool> LongestChain(const std::vector<ClockRun>& runs) {
  constexpr auto kNone = std::numeric_limits<uint32_t>::max();
  std::vector<uint32_t> last;  // of the best chain of each length, its last run
  std::vector<uint32_t> before(runs.size(), kNone);
  for (uint32_t i = 0; i < runs.size(); ++i) {
    const auto longer = std::ranges::upper_bound(last, runs[i].time, {},
                                                 [&](uint32_t index) { return runs[index].time; });
    if (longer != last.begin()) before[i] = *std::prev(longer);
    if (longer == last.end()) {
      last.push_back(i);
    } else {
      *longer = i;
    }
  }
  std::vector<bool> in_chain(runs.size(), false);
  for (uint32_t i = last.empty() ? kNone : last.back(); i != kNone; i = before[i]) {
    in_chain[i] = true;
  }
  return in_chain;
}

}  // namespace

std::vector<bool> AgainstTheCourse(const std::vector<ClockRun>& runs, Micros tolerance) {
  const std::vector<bool> in_chain = LongestChain(runs);
  std::vector<bool> against(runs.size(), false);
  Micros chain = kEarliest;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (in_chain[i]) chain = runs[i].time;
    if (runs[i].time < chain - tolerance) against[i] = true;
  }
  chain = kLatest;
  for (size_t i = runs.size(); i-- > 0;) {
    if (in_chain[i]) chain = runs[i].time;
    if (runs[i].time > chain + tolerance) against[i] = true;
  }
  return against;
}

}  // namespace etcdf::dating
