#include "salvage/page_reach.h"

#include <algorithm>

#include "bolt/database.h"
#include "bolt/walk.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/schema.h"

namespace etcdf::salvage {

const char* OriginName(Origin origin) {
  switch (origin) {
    case Origin::kReachable: return "reachable";
    case Origin::kPrevious: return "previous";
    case Origin::kFree: return "free";
    case Origin::kWal: return "wal";
  }
  return "";
}

Reach::Reach(const bolt::File& file) : pages_(file.page_count()) {
  const auto chosen = file.best_meta();
  if (!chosen) return;
  WalkFrom(file, *chosen, Origin::kReachable);
  WalkFrom(file, 1 - *chosen, Origin::kPrevious);
}

void Reach::WalkFrom(const bolt::File& file, int meta, Origin origin) {
  mvcc::UnheardFindings unheard;
  const auto database = bolt::Database::Open(file, meta, unheard);
  if (!database) return;
  bolt::ForEachPage(**database, unheard, [&](const bolt::PageVisit& visit) {
    if (visit.tree.is_inline()) return;
    const uint64_t first = visit.page.position;
    const uint64_t end = std::min(first + visit.page.header.overflow + 1, file.page_count());
    for (uint64_t id = first; id < end; ++id) {
      if (pages_[id].origin != Origin::kFree) return;
      pages_[id] = {
          .origin = origin,
          .in_key_bucket = visit.page.is_leaf() && AsText(visit.tree.key) == mvcc::kKeyBucket,
          .is_overflow = id > first};
    }
  });
}

}  // namespace etcdf::salvage
