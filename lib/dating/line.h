// The time of each place in a history: not before, not after, and by which reading.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dating/reading.h"

namespace etcdf::dating {

// One side of an interval.
struct Bound {
  uint64_t place = 0;  // from which on it holds, or up to which
  Micros time = 0;
  Clock clock = kApiServer;
  Source source = Source::kCreation;
  uint64_t shown_place = 0;  // of the reading that it comes from; 0: from outside

  friend bool operator==(const Bound&, const Bound&) = default;
};

// Nothing where no reading bounds that side.
struct Interval {
  std::optional<Bound> not_before;
  std::optional<Bound> not_after;
};

class Line {
 public:
  Line() = default;
  // Bounds in any order. A lower one holds from its place on, an upper one up to it. Where readings
  // contradict each other within what is allowed for, an interval reaches over all of them.
  Line(std::vector<Bound> lower, std::vector<Bound> upper);

  Interval At(uint64_t place) const;
  // The greatest place that surely is not later than `time`. Nothing where none is known to be.
  std::optional<uint64_t> LastSurelyBy(Micros time) const;
  // The least place that surely is not before `time`.
  std::optional<uint64_t> FirstSurelyFrom(Micros time) const;

  bool empty() const { return lower_.empty() && upper_.empty(); }

 private:
  // Steps, ascending by place and by time. Of `lower_` each holds from its place on to the next, of
  // `upper_` from behind the one before up to its place.
  std::vector<Bound> lower_;
  std::vector<Bound> upper_;
};

}  // namespace etcdf::dating
