// Whether an LMDB file can be given to liblmdb, which trusts what it reads and crashes on what is
// damaged. LMDB has no checksums: what is found here is structure.
//
//   page    | number, 8 bytes | pad, 2 | flags, 2 | lower, 2 | upper, 2 | offsets of nodes |
//           | free | nodes |; of an overflow page the number of pages, 4 bytes, is at 12
//   meta    pages 0 and 1, flags 8, from byte 16 on: magic BEEFC0DE | version 1, 4 bytes each |
//           address | map size, 8 each | free pages, main: a tree each | last page | txid, 8 each
//   tree    | page size in the first, 4 | flags, 2 | depth, 2 | branch, leaf, overflow pages |
//           | entries | root, 8 bytes each, all ones where empty |
//   node    | size or child's low half, 4 | flags, 2 | key's size, 2 | key | data |
//           in a branch the flags are the child's top 16 bits; in a leaf flag 1 has the data's page
//           number in its place, flag 2 a tree: a named database, in the main tree only
//
// (LMDB 0.9.24, libraries/liblmdb/mdb.c, of 64-bit little-endian machines.)
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace etcdf::lmdb {

// More named databases than any that etcd has buckets.
inline constexpr size_t kDatabasesMax = 1024;

struct Structure {
  uint64_t size_bytes = 0;   // all pages up to the last one used
  std::vector<Bytes> names;  // of the named databases, ascending; views into the file
};

// Follows every page that the newer meta page reaches, in one pass and without recursion. After
// success nothing that liblmdb does with the file to read it leaves the file or fails an assertion.
// Whether keys are in order is not looked at: that costs a reader no more than rows it misses.
//
// Errors: kMalformed, with the page; kUnsupported for databases with duplicate keys or an order of
// their own, which etcd has not.
Result<Structure> CheckStructure(Bytes file, const std::string& path);

}  // namespace etcdf::lmdb
