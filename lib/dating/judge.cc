#include "dating/judge.h"

#include <algorithm>

#include "dating/trial.h"

namespace etcdf::dating {

std::string_view SourceName(Source source) {
  switch (source) {
    case Source::kCreation: return "creationTimestamp";
    case Source::kManaged: return "managedFields";
    case Source::kDeletion: return "deletionTimestamp";
    case Source::kLease: return "lease";
    case Source::kEvent: return "event";
    case Source::kRequestId: return "id";
    case Source::kFileTime: return "mtime";
  }
  return "";
}

Judge::Judge() : courses_(1) {}

std::optional<Clock> Judge::ClockOf(std::string_view name) {
  const auto known = clocks_.find(name);
  if (known != clocks_.end()) return known->second;
  if (courses_.size() == kMaxClocks) return std::nullopt;
  const auto clock = static_cast<Clock>(courses_.size());
  courses_.emplace_back().name = name;
  clocks_.emplace(name, clock);
  return clock;
}

void Judge::Add(const Reading& reading) {
  if (reading.place < place_ || !IsTime(reading.time) || reading.clock >= courses_.size()) return;
  place_ = reading.place;
  Course& course = courses_[reading.clock];
  ++course.readings;
  const bool is_of_write = reading.freshness == Freshness::kOfWrite;
  // A time that may be long past says nothing beside a later one.
  if (!is_of_write && reading.time <= course.newest) return;
  course.newest = std::max(course.newest, reading.time);
  if (course.runs.empty() || course.runs.back().time != reading.time) {
    course.runs.push_back({.place = reading.place, .time = reading.time, .source = reading.source});
  }
  ClockRun& run = course.runs.back();
  if (reading.done_place < place_) run.done_place = std::max(run.done_place, reading.done_place);
  if (!is_of_write) return;
  run.write_place = reading.place;
  run.write_source = reading.source;
}

Verdict Judge::Finish() const { return Trial(courses_, earliest_, latest_).Run(); }

}  // namespace etcdf::dating
