// What each page of a database is in use for: the ground of the structure check, and of what
// `bbolt pages` shows (bbolt v1.4.3, tx_check.go, db.go freepages).
#pragma once

#include <cstdint>
#include <vector>

#include "base/finding.h"
#include "bolt/database.h"

namespace etcdf::bolt {

enum class PageUse : uint8_t {
  kLost,      // neither free nor in use
  kFree,      // on the freelist; without one to be trusted: not in use
  kMeta,      // 0 and 1
  kFreelist,  // the freelist's page
  kTree,      // a branch or a leaf
  kOverflow,  // goes on from a page before
};

class PageMap {
 public:
  // Walks through all buckets. Reports what only the sum of all pages shows: pages in use twice, or
  // in use and free, or neither; the freelist; pages behind the high water mark. What is wrong
  // within a top-level bucket is left to those who read its rows.
  //
  // Together with Database::Open and a Scan of every bucket, this is all that bbolt's Check finds,
  // and more.
  PageMap(const Database& database, FindingSink& findings);

  // Pages that the database has and the file too: min(high water mark, pages in the file).
  uint64_t size() const { return uses_.size(); }
  // `id` is below size().
  PageUse use(uint64_t id) const { return uses_[id]; }
  // The page that an overflow page belongs to.
  uint64_t OwnerOf(uint64_t id) const;

  uint64_t free_pages() const { return free_pages_; }

 private:
  void ReportLost(const File& file, FindingSink& findings) const;

  std::vector<PageUse> uses_;
  uint64_t free_pages_ = 0;
};

}  // namespace etcdf::bolt
