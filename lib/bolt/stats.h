// Counts and sizes of the pages of all buckets, as `bbolt stats` sums them up (bbolt v1.4.3,
// bucket.go, Bucket.Stats). The root bucket itself is not counted.
#pragma once

#include <cstdint>

#include "base/finding.h"
#include "bolt/database.h"

namespace etcdf::bolt {

struct BucketStats {
  struct Pages {
    uint64_t logical = 0;
    uint64_t overflow = 0;
    uint64_t bytes_in_use = 0;

    uint64_t AllocatedBytes(uint64_t page_size) const { return (logical + overflow) * page_size; }
  };
  uint64_t buckets = 0;  // at the top level
  Pages branches;
  Pages leaves;
  uint64_t rows = 0;
  uint64_t depth = 0;  // levels of the deepest bucket, with those within it
  // With buckets in buckets.
  uint64_t all_buckets = 0;
  uint64_t inline_buckets = 0;
  uint64_t inline_bytes_in_use = 0;
};

BucketStats CollectStats(const Database& database, FindingSink& findings);

}  // namespace etcdf::bolt
