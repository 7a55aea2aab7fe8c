// A branch or leaf page in the making, or the pages of it with its overflow.
//
// (bbolt v1.4.3, internal/common/inode.go, WriteInodeToPage.)
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "bolt/page.h"

namespace etcdf::bolt {

class PageBuilder {
 public:
  // `flags`: kBranchPage or kLeafPage.
  explicit PageBuilder(uint16_t flags) : flags_(flags) {}

  // Of a leaf. The caller keeps the keys ascending; key and value are copied.
  void AddRow(Bytes key, Bytes value, bool is_bucket);
  // Of a branch: `key` is the first of the page `child`.
  void AddChild(Bytes key, uint64_t child);

  size_t count() const { return elements_.size(); }
  // Of the page, header included, as it is now.
  size_t bytes() const { return kPageHeaderBytes + count() * kElementBytes + data_.size(); }
  // How many more an element takes.
  static size_t BytesOf(Bytes key, Bytes value) {
    return kElementBytes + key.size() + value.size();
  }
  // There is an element.
  Bytes first_key() const { return AsBytes(data_).first(elements_.front().key_bytes); }

  // Takes the first `count` elements off, as a page with that header. `header.flags` and
  // `header.count` follow from what is taken; at most 65534 elements make a page.
  std::string Take(size_t count, PageHeader header);
  // How long that page will be.
  size_t BytesOfFirst(size_t count) const;

 private:
  struct Element {
    uint32_t key_bytes = 0;
    uint32_t value_bytes = 0;
    uint64_t child = 0;  // in a branch
    bool is_bucket = false;

    size_t data_bytes() const { return size_t{key_bytes} + value_bytes; }
  };
  void Add(const Element& element, Bytes key, Bytes value);

  uint16_t flags_;
  std::vector<Element> elements_;
  std::string data_;  // keys and values, in the order of the elements
};

}  // namespace etcdf::bolt
