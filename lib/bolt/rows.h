// The rows of a leaf page, checked as they are read.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "base/finding.h"
#include "bolt/page.h"
#include "bolt/tree.h"

namespace etcdf::bolt {

// A leaf and the way to it.
struct LeafPlace {
  Page page;
  KeyRange range = {};
  const std::vector<uint64_t>* branches = nullptr;  // outlives the use
};

// That the element is a bucket within the bucket.
Finding NestedBucket(const Tree& tree, const LeafPlace& leaf, size_t element, Bytes key);

// Elements `first` to `last` of the leaf, whose keys or values are outside of it.
Finding BadElements(const Tree& tree, const LeafPlace& leaf, size_t first, size_t last);

// What is wrong with a leaf that counts no elements; nothing if bbolt may have written it, as it
// does for a bucket without rows. Below a branch it leaves none (node.go, rebalance); it writes the
// root of an emptied bucket on a page of zeros (tx.go, allocate), an inline bucket without a byte
// behind.
std::optional<Finding> WrongEmptyLeaf(const Tree& tree, const LeafPlace& leaf);

// Reads leaf after leaf, in the order of the tree, and tests what tx_check.go does (the order of
// keys, within a page and between the branches' separators) and what it does not: that each key and
// value lies within its page, right behind the one before.
// Reports also the rows of a top-level bucket that are buckets: etcd makes none such.
class RowReader {
 public:
  // Both outlive the reader.
  RowReader(const Tree& tree, FindingSink& findings) : tree_(tree), findings_(findings) {}

  // Goes on with this leaf, which has its elements.
  void Open(const LeafPlace& leaf);
  // The next rows of the leaf; 0 at its end.
  size_t Next(std::span<backend::Row> rows);

 private:
  bool Examine(const LeafElement& element);
  void CheckOrder(Bytes key);
  void Finish();
  void Report(FindingKind kind, size_t element, const std::string& what,
              std::string consequence = {});

  const Tree& tree_;
  FindingSink& findings_;
  LeafPlace leaf_;
  bool open_ = false;
  size_t element_ = 0;
  // Where the next key begins if the page is packed, from the start of the page.
  uint64_t expected_ = 0;
  // So many bytes may yet belong to two elements. Without a limit, a page of a few thousand bytes
  // could hold gigabytes.
  uint64_t overlap_left_ = 0;
  Bytes previous_;  // key; empty: none
};

}  // namespace etcdf::bolt
