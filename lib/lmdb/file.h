// The pages of an LMDB file. LMDB has no checksums: what can be found wrong is structure, and every
// number is held against what is there each time it is used.
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
// (LMDB 0.9.24, libraries/liblmdb/mdb.c, of 64-bit little-endian machines.) The tree of free pages,
// the depths, the counts of pages and the map size serve writers, and are not read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/finding.h"
#include "base/result.h"

namespace etcdf::lmdb {

// A value, or what is wrong in its place: words that follow the name of the page or row.
template <typename T>
using Checked = tl::expected<T, const char*>;

struct Tree {
  static constexpr uint64_t kEmpty = ~uint64_t{0};

  uint16_t flags = 0;    // other than 0: duplicate keys, or an order of its own
  uint64_t entries = 0;  // how many rows it counts
  uint64_t root = kEmpty;
};

// A branch or a leaf whose header can be right.
struct Page {
  uint64_t number = 0;
  Bytes bytes = {};
  bool is_leaf = false;
  size_t count = 0;  // of its nodes, one at least
};

struct Child {
  Bytes key = {};  // that of the first has no meaning
  uint64_t page = 0;
};

struct Row {
  Bytes key = {};
  Bytes value = {};
  std::optional<Tree> tree = {};  // of a named database
  uint64_t node_bytes = 0;        // what it takes of its page
  uint64_t overflow_first = 0;    // the pages where its value is, unless in its own
  uint64_t overflow_count = 0;
};

class File {
 public:
  // Chooses the later of the two meta pages, as liblmdb does, or the one that can be used. Reports
  // what is wrong with the other, and that the file ends early.
  //
  // Errors: kMalformed (no meta page leads to a tree); kUnsupported (a main database with duplicate
  // keys or an order of its own, as etcd has none).
  static Result<File> Open(Bytes bytes, const std::string& path, FindingSink& findings);

  const std::string& path() const { return path_; }
  const Tree& main() const { return meta_.main; }
  // All pages up to the last one used, as far as they are in the file.
  uint64_t size_bytes() const;
  uint64_t page_bytes() const { return page_bytes_; }
  // That are in the file as a whole.
  uint64_t page_count() const { return bytes_.size() / page_bytes_; }

  Checked<Page> Read(uint64_t number) const;
  // `i` is below page.count, `branch` a branch, `leaf` a leaf. A child's page is not looked at.
  Checked<Child> ChildAt(const Page& branch, size_t i) const;
  Checked<Row> RowAt(const Page& leaf, size_t i) const;
  // Where the node's offset is in the file: what a row is known by while it cannot be read.
  uint64_t SlotOffset(const Page& page, size_t i) const;

 private:
  struct Meta {
    Tree main;
    uint64_t page_bytes = 0;
    uint64_t page_last = 0;
    uint64_t txid = 0;
  };

  File(Bytes bytes, std::string path) : path_(std::move(path)), bytes_(bytes) {}
  Result<void> ChooseMeta(FindingSink& findings);
  Checked<Meta> ReadMeta(uint64_t page, uint64_t page_bytes) const;
  Checked<Meta> FindSecondMeta(const Checked<Meta>& first);
  Checked<Meta> LeadingToATree(const Checked<Meta>& meta) const;
  Checked<Bytes> Overflow(uint64_t first, uint64_t data_bytes) const;
  uint64_t OverflowPages(uint64_t data_bytes) const;

  std::string path_;
  Bytes bytes_;
  uint64_t page_bytes_ = 0;
  Meta meta_;
};

}  // namespace etcdf::lmdb
