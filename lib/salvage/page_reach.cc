#include "salvage/page_reach.h"

#include <algorithm>

#include "bolt/database.h"
#include "bolt/walk.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/schema.h"

namespace etcdf::salvage {
namespace {

// How many pages its elements take. Its header may say more, and lay claim to those of others.
uint64_t PagesTaken(const bolt::File& file, const bolt::Page& page) {
  if (page.header.overflow == 0) return 1;
  const uint8_t* end = page.bytes.data() + 1;
  for (size_t i = 0; i < page.header.count; ++i) {
    Bytes last;
    if (page.is_leaf()) {
      if (const auto row = bolt::LeafRowAt(page, i)) last = row->value;
    } else if (const auto element = bolt::BranchElementAt(page, i)) {
      last = element->key;
    }
    if (last.data() != nullptr) end = std::max(end, last.data() + last.size());
  }
  const auto bytes = static_cast<uint64_t>(end - page.bytes.data());
  return (bytes + file.page_size() - 1) / file.page_size();
}

}  // namespace

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
    const uint64_t end = first + PagesTaken(file, visit.page);
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
