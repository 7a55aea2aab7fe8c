// Which clocks can be believed, and what follows for the time of each place.
//
// A node whose clock is 40 minutes fast shows it in its leases and its events alike, and a single
// such reading, taken at face value, moves all that follows. So readings are judged by clock. The
// API servers' stamps on the very rows, or the nearest before and behind them, tell how far each
// client's clock is off; by the medians of these figures each clock has a vote. The API servers are
// believed unless more than half of all clocks, three at least, agree on another time. What a
// believed clock shows against the course of all others is left out as well.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dating/course.h"
#include "dating/line.h"
#include "dating/reading.h"

namespace etcdf::dating {

// How far clocks that count as right may be apart.
inline constexpr Micros kTolerance = 2 * kSecond;
// How long after its stamp a write of the API server usually reaches the store at most: for judging
// clocks, never for a bound.
inline constexpr Micros kUsualLag = kSecond;
// How long after the time that it shows a write may reach the store at all. An API server gives up
// a request after a minute (--request-timeout), webhooks and all; who renews a lease gives up after
// 10 seconds (kubelet; --leader-elect-renew-deadline).
inline constexpr Micros kLongestServerLag = 60 * kSecond;
inline constexpr Micros kLongestClientLag = 10 * kSecond;

struct JudgedClock {
  std::string name;  // empty: the API servers'
  uint64_t readings = 0;
  uint64_t unused = 0;  // of a believed clock: those that contradict the others
  bool believed = true;
  // How far the clock is ahead of the believed ones, at least and at most, by its usual reading;
  // negative where it is behind. Absent where nothing tells.
  std::optional<Micros> ahead_least = {};
  std::optional<Micros> ahead_most = {};
};

struct Verdict {
  Line line;
  // How long after its stamp a write of the API servers reached the store at most, as far as the
  // leases around it tell; where they tell of too few, the longest that it may take.
  Micros server_lag = kLongestServerLag;
  std::vector<JudgedClock> clocks;  // by Clock
};

// Readings of one time in a row of one clock are one: what a history of any length takes of memory
// grows with the seconds in it, and with the renewals of leases.
class Judge {
 public:
  // Clocks beyond so many are not heard: a hostile store may name as many as it has rows.
  static constexpr size_t kMaxClocks = 1 << 16;

  Judge();

  // The clock with this name, a new one if need be. Nothing where there are too many.
  std::optional<Clock> ClockOf(std::string_view name);
  // In ascending order of places; others, and what is no time, are passed over.
  void Add(const Reading& reading);
  // From outside: nothing up to the place is later, or from it on earlier, than the time. Counts
  // where no reading contradicts it.
  void AddLatest(const Bound& bound) { latest_.push_back(bound); }
  void AddEarliest(const Bound& bound) { earliest_.push_back(bound); }

  Verdict Finish() const;

 private:
  std::vector<Course> courses_;  // by Clock
  std::map<std::string, Clock, std::less<>> clocks_;
  uint64_t place_ = 0;  // of the last reading
  std::vector<Bound> latest_;
  std::vector<Bound> earliest_;
};

}  // namespace etcdf::dating
