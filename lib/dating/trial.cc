#include "dating/trial.h"

#include <algorithm>
#include <utility>

namespace etcdf::dating {
namespace {

// How much later than the time that it shows the API server may have read its clock: it stamps
// whole seconds. Events do, too.
Micros Resolution(Source source) { return source == Source::kLease ? 0 : kSecond; }

std::optional<Micros> QuantileOf(std::vector<Micros>& values, size_t part, size_t parts) {
  if (values.empty()) return std::nullopt;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(values.size() * part / parts);
  std::ranges::nth_element(values, at);
  return *at;
}

std::optional<Micros> MedianOf(std::vector<Micros>& values) { return QuantileOf(values, 1, 2); }

}  // namespace

Verdict Trial::Run() {
  for (const Course& course : courses_) {
    judged_.push_back({.name = course.name, .readings = course.readings});
  }
  ChooseReference();
  for (const Course& course : courses_) offsets_.push_back(UsualOffset(course));
  offsets_[reference_] = {.least = 0, .most = 0};
  Vote();
  for (Clock clock = 0; clock < courses_.size(); ++clock) {
    JudgedClock& judged = judged_[clock];
    const Offset& offset = offsets_[clock];
    judged.believed = AgreesOn(agreed_, offset);
    if (offset.least) judged.ahead_least = *offset.least - agreed_;
    if (offset.most) judged.ahead_most = *offset.most - agreed_;
    if (judged.believed && clock != reference_) UseClient(clock);
  }
  const Micros lag = reference_ == kApiServer ? LearnLag() : kLongestClientLag;
  if (judged_[reference_].believed) UseReference(reference_, lag);
  UseOutside();
  return {.line = Line(std::move(lower_), std::move(upper_)),
          .server_lag = lag,
          .clocks = std::move(judged_)};
}

// The API servers; where they left no stamp, the clock that was read most often.
void Trial::ChooseReference() {
  for (Clock clock = 1; clock < courses_.size() && courses_[kApiServer].runs.empty(); ++clock) {
    if (courses_[clock].readings > courses_[reference_].readings) reference_ = clock;
  }
  UseReference(reference_, kUsualLag);
  reference_line_ = Line(std::exchange(lower_, {}), std::exchange(upper_, {}));
}

Trial::Offset Trial::OffsetAt(const ClockRun& run) const {
  const Interval at = reference_line_.At(run.place);
  Offset offset;
  if (at.not_after) offset.least = run.time - at.not_after->time;
  // One that need not be of the write says nothing on that side.
  if (at.not_before && run.write_place != 0) {
    offset.most = run.time + Resolution(run.source) - at.not_before->time;
  }
  return offset;
}

Trial::Offset Trial::UsualOffset(const Course& course) const {
  std::vector<Micros> least;
  std::vector<Micros> most;
  for (const ClockRun& run : course.runs) {
    const Offset offset = OffsetAt(run);
    if (offset.least) least.push_back(*offset.least);
    if (offset.most) most.push_back(*offset.most);
  }
  return {.least = MedianOf(least), .most = MedianOf(most)};
}

bool Trial::AgreesOn(Micros time, const Offset& offset) const {
  return offset.least.value_or(time) <= time + kTolerance &&
         offset.most.value_or(time) >= time - kTolerance;
}

// Whether the reference is right, or as many clocks as it takes agree on another time.
void Trial::Vote() {
  struct Edge {
    Micros at;
    int step;  // 1: one more agrees from here on
  };
  std::vector<Edge> edges;
  size_t voters = 0;
  size_t with_reference = 0;
  for (const Offset& offset : offsets_) {
    if (!offset.least || !offset.most) continue;
    ++voters;
    if (AgreesOn(0, offset)) ++with_reference;
    edges.push_back({*offset.least - kTolerance, 1});
    edges.push_back({std::max(*offset.least, *offset.most) + kTolerance, -1});
  }
  std::ranges::sort(edges, [](const Edge& a, const Edge& b) {
    return a.at != b.at ? a.at < b.at : a.step > b.step;
  });
  if (with_reference * 2 > voters) return;
  constexpr size_t kEnough = 3;
  size_t agreeing = 0;
  size_t most = 0;
  for (size_t i = 0; i < edges.size(); ++i) {
    agreeing += static_cast<size_t>(edges[i].step);
    const bool wins = agreeing > most && agreeing >= kEnough && agreeing * 2 > voters;
    if (!wins) continue;
    most = agreeing;
    // The middle of where all of them agree.
    const Micros end = i + 1 < edges.size() ? edges[i + 1].at : edges[i].at;
    agreed_ = edges[i].at + (end - edges[i].at) / 2;
  }
}

// From the intervals that clients' clocks alone give to its writes: what these allow for.
Micros Trial::LearnLag() const {
  constexpr Micros kTelling = 10 * kSecond;  // a wider interval tells nothing
  constexpr size_t kEnough = 20;
  const Line clients(lower_, upper_);
  size_t measured = 0;
  Micros lag = 0;
  for (const ClockRun& run : courses_[kApiServer].runs) {
    if (run.write_place == 0) continue;
    const Interval at = clients.At(run.write_place);
    if (!at.not_before || !at.not_after) continue;
    const Micros latest = run.time + Resolution(run.source);
    const bool is_proved_wrong = at.not_before->time > latest + kLongestServerLag;
    if (is_proved_wrong || at.not_after->time - at.not_before->time > kTelling) continue;
    ++measured;
    lag = std::max(lag, at.not_after->time - latest);
  }
  return measured < kEnough ? kLongestServerLag : std::min(lag, kLongestServerLag);
}

void Trial::UseReference(Clock clock, Micros lag) {
  const std::vector<ClockRun>& runs = courses_[clock].runs;
  const std::vector<bool> against = AgainstTheCourse(runs, kTolerance);
  // Where times go back by more than requests take that are made at once, the servers' clocks
  // differ by as much.
  Micros spread = 0;
  Micros newest = kEarliest;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (against[i]) continue;
    newest = std::max(newest, runs[i].time);
    spread = std::max(spread, newest - runs[i].time - kUsualLag);
  }
  newest = kEarliest;
  judged_[clock].unused = 0;
  for (size_t i = 0; i < runs.size(); ++i) {
    const ClockRun& run = runs[i];
    if (against[i]) {
      // A write that took long is no sign of a wrong clock.
      const bool is_slow = run.time <= newest && run.time + kLongestServerLag >= newest;
      if (!is_slow) ++judged_[clock].unused;
      continue;
    }
    newest = std::max(newest, run.time);
    lower_.push_back({run.place, run.time - spread, clock, run.source, run.place});
    const Micros latest = run.time + Resolution(run.source) + lag;
    const bool came_late = latest < newest;  // it is proved to be older than its write
    if (run.write_place != 0 && !came_late) {
      upper_.push_back({run.write_place, latest, clock, run.write_source, run.write_place});
    }
    if (run.done_place != 0) {
      upper_.push_back({run.done_place, run.time, clock, run.source, run.place});
    }
  }
}

// By how much what a believed clock shows may be too late, and too early. Stamps have whole
// seconds: within these a clock is right as far as anybody can tell, so its bounds give way by as
// much.
Trial::Leeway Trial::LeewayOf(const std::vector<ClockRun>& runs, std::vector<bool>& used) const {
  Leeway leeway;
  std::vector<Micros> leasts;
  std::vector<Micros> mosts;
  for (size_t i = 0; i < runs.size(); ++i) {
    const Offset offset = OffsetAt(runs[i]);
    // What it is ahead of the latest time that the reference may have meant, and of the earliest.
    const Micros least = offset.least.value_or(agreed_) - agreed_;
    const Micros most = offset.most.value_or(agreed_) - agreed_;
    // An event may be told long after.
    used[i] = least <= kTolerance && (runs[i].source == Source::kEvent || most >= -kTolerance);
    if (!used[i]) continue;
    if (offset.least) leasts.push_back(least + kUsualLag);
    leeway.ahead = std::max(leeway.ahead, least + kUsualLag);
    if (!offset.most || runs[i].source == Source::kEvent) continue;
    mosts.push_back(most);
    leeway.behind = std::max(leeway.behind, -most);
  }
  // A quarter of the writes may have been slow.
  leeway.ahead = std::max(leeway.ahead, QuantileOf(mosts, 1, 4).value_or(0));
  leeway.behind = std::max(leeway.behind, -QuantileOf(leasts, 3, 4).value_or(0));
  leeway.ahead = std::min(leeway.ahead, kTolerance);
  leeway.behind = std::min(leeway.behind, kTolerance);
  return leeway;
}

void Trial::UseClient(Clock clock) {
  const std::vector<ClockRun>& runs = courses_[clock].runs;
  std::vector<bool> used(runs.size());
  const Leeway leeway = LeewayOf(runs, used);
  judged_[clock].unused = static_cast<uint64_t>(std::ranges::count(used, false));
  for (size_t i = 0; i < runs.size(); ++i) {
    const ClockRun& run = runs[i];
    if (!used[i]) continue;
    lower_.push_back({run.place, run.time - leeway.ahead, clock, run.source, run.place});
    const Micros latest = run.time + leeway.behind;
    if (run.done_place != 0) {
      upper_.push_back({run.done_place, latest, clock, run.source, run.place});
    }
    if (run.write_place == 0 || run.write_source == Source::kEvent) continue;
    upper_.push_back(
        {run.write_place, latest + kLongestClientLag, clock, run.write_source, run.write_place});
  }
}

// Only what no reading contradicts.
void Trial::UseOutside() {
  const Line inside(lower_, upper_);
  for (const Bound& bound : earliest_) {
    const Interval at = inside.At(bound.place);
    if (!at.not_after || at.not_after->time >= bound.time) lower_.push_back(bound);
  }
  for (const Bound& bound : latest_) {
    const Interval at = inside.At(bound.place);
    if (!at.not_before || at.not_before->time <= bound.time) upper_.push_back(bound);
  }
}

}  // namespace etcdf::dating
