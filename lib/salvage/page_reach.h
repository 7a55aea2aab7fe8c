// Which pages of a bbolt file the roots of its meta pages lead to.
#pragma once

#include <cstdint>
#include <vector>

#include "bolt/file.h"

namespace etcdf::salvage {

// Where a page stands, the surest first; or that there is none.
enum class Origin : uint8_t {
  kReachable,  // the meta page that etcd would choose leads to it
  kPrevious,   // only the other one does: the state one transaction before
  kFree,       // neither does: what earlier transactions left, or what damage cut off
  kWal,        // it is on no page: the member's log has written it
};

// "reachable", "previous", "free", "wal".
const char* OriginName(Origin origin);

struct PageReach {
  Origin origin = Origin::kFree;
  bool in_key_bucket = false;  // a leaf of bucket `key`, of those two trees
  // Holds what rows or keys of a page before it go on with, in one of the two trees.
  bool is_overflow = false;
};

class Reach {
 public:
  // Walks through both trees. Nothing is reported: what is damaged about them is for those to say
  // who read the database.
  explicit Reach(const bolt::File& file);

  // Of any page of the file.
  const PageReach& of(uint64_t id) const { return pages_[id]; }

 private:
  void WalkFrom(const bolt::File& file, int meta, Origin origin);

  std::vector<PageReach> pages_;
};

}  // namespace etcdf::salvage
