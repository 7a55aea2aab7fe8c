// A point in the history of evidence, as users write it: EVIDENCE@rev=1200.
//
//   @rev=N       the keys as of the end of revision N
//   @index=N     the database as of entry N of the member's raft log
//   @time=T      the newest revision that is surely not later; T in RFC 3339
//   @oldest      right after the last compaction
//   @newest      as it is; the same as no point
//
// The last @ counts, so that a path may hold any in front of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace etcdf::states {

enum class PointKind : uint8_t { kNewest, kOldest, kRevision, kIndex, kTime };

struct Point {
  PointKind kind = PointKind::kNewest;
  int64_t revision = 0;   // of kRevision, above 0
  uint64_t index = 0;     // of kIndex
  std::string time = {};  // of kTime, as it was written

  // It speaks of the keys alone: the rest of a database does not remember its revisions.
  bool is_of_keys() const {
    return kind == PointKind::kOldest || kind == PointKind::kRevision || kind == PointKind::kTime;
  }
  friend bool operator==(const Point&, const Point&) = default;
};

struct PlaceAndPoint {
  std::string path;
  Point point = {};
};

// An @ with another word after it, or a slash, is part of the path. Errors: kUsage, with the point
// as its subject, where the number of one is none.
Result<PlaceAndPoint> ParsePoint(std::string_view text);

}  // namespace etcdf::states
