// Whether a damaged database is the copy of one that was being written to.
//
// bbolt's pages do not say which transaction wrote them. But etcd's root page holds the bucket
// `meta` within itself, and in it the consistent index, which only grows. A copy made page by page
// beside a running etcd has the meta pages as they were at its beginning, and root pages of later
// transactions behind them; damage leaves no such traces.
#pragma once

#include <cstdint>
#include <vector>

#include "base/finding.h"
#include "bolt/file.h"

namespace etcdf::salvage {

inline constexpr FindingKind kLiveCopy{"db.live_copy", Severity::kSuspect};

// A page that lists etcd's buckets.
struct RootPage {
  uint64_t page = 0;
  uint64_t consistent_index = 0;
};
// All in the file, in use or not, whose bucket `meta` is inline and has a consistent index.
std::vector<RootPage> FindRootPages(const bolt::File& file);

// Reports kLiveCopy if there is a root page later than those that the meta pages lead to. Only of a
// database that is damaged: a crash, too, can leave the root of a transaction that was not
// committed.
void CheckLiveCopy(const bolt::File& file, FindingSink& findings);

}  // namespace etcdf::salvage
