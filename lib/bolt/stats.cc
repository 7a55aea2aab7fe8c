#include "bolt/stats.h"

#include <algorithm>
#include <vector>

#include "bolt/walk.h"

namespace etcdf::bolt {
namespace {

// What of a page is in use, by the extent of its last element.
uint64_t BytesInUse(const Page& page) {
  const uint64_t count = page.header.count;
  if (count == 0) return kPageHeaderBytes;
  const uint64_t before_last = kPageHeaderBytes + (count - 1) * kElementBytes;
  if (page.is_branch()) {
    const uint8_t* const last = page.bytes.data() + before_last;
    return before_last + LoadLe32(last) + LoadLe32(last + 4);
  }
  const LeafElement last = LeafElementAt(page, count - 1);
  return before_last + last.position + last.key_bytes + last.value_bytes;
}

void Add(BucketStats::Pages& pages, const Page& page) {
  ++pages.logical;
  pages.overflow += page.header.overflow;
  pages.bytes_in_use += BytesInUse(page);
}

// Levels of one bucket, until the buckets within it are added.
struct Levels {
  size_t parent = 0;
  uint64_t own = 0;
  uint64_t nested = 0;
};

}  // namespace

BucketStats CollectStats(const Database& database, FindingSink& findings) {
  BucketStats stats;
  stats.buckets = database.buckets().size();
  std::vector<Levels> levels;
  ForEachPage(database, findings, [&](const PageVisit& visit) {
    if (visit.tree_ordinal == 0) return;
    if (visit.tree_ordinal >= levels.size()) levels.resize(visit.tree_ordinal + 1);
    Levels& bucket = levels[visit.tree_ordinal];
    bucket.parent = visit.parent_ordinal;
    bucket.own = std::max<uint64_t>(bucket.own, visit.branches.size() + 1);
    if (visit.page.is_branch()) {
      Add(stats.branches, visit.page);
      return;
    }
    stats.rows += visit.page.header.count;
    if (visit.tree.is_inline()) {
      ++stats.inline_buckets;
      stats.inline_bytes_in_use += BytesInUse(visit.page);
    } else {
      Add(stats.leaves, visit.page);
    }
  });
  stats.all_buckets = std::max<uint64_t>(stats.buckets, levels.empty() ? 0 : levels.size() - 1);
  // Buckets come behind the one they are in.
  for (size_t i = levels.size(); i-- > 1;) {
    const uint64_t depth = levels[i].own + levels[i].nested;
    if (levels[i].parent == 0) {
      stats.depth = std::max(stats.depth, depth);
    } else {
      Levels& parent = levels[levels[i].parent];
      parent.nested = std::max(parent.nested, depth);
    }
  }
  return stats;
}

}  // namespace etcdf::bolt
