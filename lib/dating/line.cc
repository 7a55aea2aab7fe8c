#include "dating/line.h"

#include <algorithm>
#include <utility>

namespace etcdf::dating {
namespace {

bool ByPlace(const Bound& a, const Bound& b) { return a.place < b.place; }

}  // namespace

Line::Line(std::vector<Bound> lower, std::vector<Bound> upper) {
  std::ranges::stable_sort(lower, ByPlace);
  for (const Bound& bound : lower) {
    if (!lower_.empty() && bound.time <= lower_.back().time) continue;
    if (!lower_.empty() && bound.place == lower_.back().place) lower_.pop_back();
    lower_.push_back(bound);
  }
  std::ranges::stable_sort(upper, ByPlace);
  for (auto bound = upper.rbegin(); bound != upper.rend(); ++bound) {
    if (!upper_.empty() && bound->time >= upper_.back().time) continue;
    if (!upper_.empty() && bound->place == upper_.back().place) upper_.pop_back();
    upper_.push_back(*bound);
  }
  std::ranges::reverse(upper_);
}

Interval Line::At(uint64_t place) const {
  Interval interval;
  const auto behind = std::ranges::upper_bound(lower_, place, {}, &Bound::place);
  if (behind != lower_.begin()) interval.not_before = *std::prev(behind);
  const auto ahead = std::ranges::lower_bound(upper_, place, {}, &Bound::place);
  if (ahead != upper_.end()) interval.not_after = *ahead;
  const bool crosses = interval.not_before && interval.not_after &&
                       interval.not_after->time < interval.not_before->time;
  if (crosses) std::swap(interval.not_before, interval.not_after);
  return interval;
}

std::optional<uint64_t> Line::LastSurelyBy(Micros time) const {
  // Where bounds cross, the later one counts.
  auto step = std::ranges::upper_bound(upper_, time, {}, &Bound::time);
  while (step != upper_.begin()) {
    --step;
    const Interval interval = At(step->place);
    if (interval.not_after && interval.not_after->time <= time) return step->place;
  }
  return std::nullopt;
}

std::optional<uint64_t> Line::FirstSurelyFrom(Micros time) const {
  auto step = std::ranges::lower_bound(lower_, time, {}, &Bound::time);
  for (; step != lower_.end(); ++step) {
    const Interval interval = At(step->place);
    if (interval.not_before && interval.not_before->time >= time) return step->place;
  }
  return std::nullopt;
}

}  // namespace etcdf::dating
