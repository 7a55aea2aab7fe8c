// All pages of a database that its buckets lead to.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/finding.h"
#include "bolt/database.h"
#include "bolt/tree.h"

namespace etcdf::bolt {

struct PageVisit {
  const Tree& tree;
  size_t tree_ordinal = 0;    // 0 is the root bucket; buckets come behind the one they are in
  size_t parent_ordinal = 0;  // the bucket it is in
  const Page& page;           // a branch or a leaf
  const std::vector<uint64_t>& branches;  // from the bucket's root to above the page
};

// Calls `visit` with each page once, bucket by bucket; with a branch before its children; with the
// page of an inline bucket, too.
//
// Reports pages that two buckets lead to, and all that is wrong with buckets within buckets. What
// is wrong with a top-level bucket is left to those who read its rows.
void ForEachPage(const Database& database, FindingSink& findings,
                 const std::function<void(const PageVisit&)>& visit);

}  // namespace etcdf::bolt
