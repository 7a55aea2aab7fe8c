// What an LMDB file holds that can be read: one pass over all pages that the meta page reaches.
//
// Iterative, and no page is used twice: so it ends, whatever the pages say, and no byte is read as
// two rows. What cannot be used is left out, with a finding that says where and what is lost.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/finding.h"
#include "lmdb/file.h"

namespace etcdf::lmdb {

struct NamedDatabase {
  std::string name;
  std::vector<uint64_t> leaves;  // with rows that can be read, in the order of the tree
  bool is_whole = true;          // no damage was met
};

struct Structure {
  std::vector<NamedDatabase> databases;  // ascending by name
  bool names_are_whole = true;           // no damage was met in the main tree, which has them
  std::vector<uint64_t> bad_slots;       // File::SlotOffset of rows left out; ascending
};

Structure Explore(const File& file, FindingSink& findings);

}  // namespace etcdf::lmdb
