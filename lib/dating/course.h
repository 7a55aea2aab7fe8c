// What one clock showed in the course of a history.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dating/reading.h"

namespace etcdf::dating {

// One time that a clock showed at one or more places in a row.
struct ClockRun {
  uint64_t place = 0;        // the first
  uint64_t write_place = 0;  // the last that was taken for its write; 0: none
  Micros time = 0;
  Source source = Source::kCreation;
  Source write_source = Source::kCreation;
  uint64_t done_place = 0;  // the last that was done by then; 0: none
};

struct Course {
  std::string name;
  uint64_t readings = 0;
  Micros newest = kEarliest;
  std::vector<ClockRun> runs;  // ascending by place
};

// The runs that go against the course of the others by more than `tolerance`: those outside of the
// longest chain of runs whose times do not go back, unless they fit between their neighbours in it.
std::vector<bool> AgainstTheCourse(const std::vector<ClockRun>& runs, Micros tolerance);

}  // namespace etcdf::dating
