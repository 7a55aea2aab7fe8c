// Pages of a bbolt file and their elements (bbolt v1.4.3, internal/common/{page,inode}.go).
//
//   page      | id, 8 bytes | flags, 2 | count, 2 | overflow, 4 | elements | keys and values |
//   branch    | pos, 4 | key size, 4 | child page, 8 |
//   leaf      | flags, 4: 1 is a bucket | pos, 4 | key size, 4 | value size, 4 |
//
// `pos` counts from the start of its element. bbolt packs keys and values in the order of the
// elements, without gaps. A page with overflow goes on over so many pages more, which have no
// header. All numbers are in the byte order of the machine: little-endian here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "backend/keys.h"
#include "base/bytes.h"

namespace etcdf::bolt {

inline constexpr size_t kPageHeaderBytes = 16;
inline constexpr size_t kElementBytes = 16;

// Flags of a page: exactly one of them.
inline constexpr uint16_t kBranchPage = 0x01;
inline constexpr uint16_t kLeafPage = 0x02;
inline constexpr uint16_t kMetaPage = 0x04;
inline constexpr uint16_t kFreelistPage = 0x10;

// Flag of a leaf element.
inline constexpr uint32_t kBucketElement = 0x01;

struct PageHeader {
  uint64_t id = 0;
  uint16_t flags = 0;
  uint16_t count = 0;     // of elements
  uint32_t overflow = 0;  // pages more that belong to this one
};

// `bytes` has at least kPageHeaderBytes.
PageHeader DecodePageHeader(Bytes bytes);

std::string EncodePageHeader(const PageHeader& header);

// "branch", "leaf", "meta", "freelist", or "unknown<03>" as bbolt names it.
std::string PageTypeName(uint16_t flags);

struct Page {
  PageHeader header;
  uint64_t position = 0;  // in pages from the start of the file; 0 for an inline bucket's
  Bytes bytes;            // with overflow, as far as the file has it; at least the header

  bool is_branch() const { return header.flags == kBranchPage; }
  bool is_leaf() const { return header.flags == kLeafPage; }
  // Whether all `count` elements lie within the page. Their keys and values may still not.
  bool HasItsElements() const {
    return header.count <= (bytes.size() - kPageHeaderBytes) / kElementBytes;
  }
};

struct BranchElement {
  Bytes key;  // the first key of the child, when it was written
  uint64_t child = 0;
};

struct LeafElement {
  uint32_t flags = 0;
  uint32_t position = 0;  // of the key, from the start of the element
  uint32_t key_bytes = 0;
  uint32_t value_bytes = 0;
};

// Both: `i` is below the count, and the page has its elements.
//
// Nothing if the key is not all within the page.
std::optional<BranchElement> BranchElementAt(const Page& page, size_t i);
// The child alone, which needs no key.
inline uint64_t BranchChildAt(const Page& page, size_t i) {
  return LoadLe64(page.bytes.data() + kPageHeaderBytes + i * kElementBytes + 8);
}
inline LeafElement LeafElementAt(const Page& page, size_t i) {
  const uint8_t* const at = page.bytes.data() + kPageHeaderBytes + i * kElementBytes;
  return {.flags = LoadLe32(at),
          .position = LoadLe32(at + 4),
          .key_bytes = LoadLe32(at + 8),
          .value_bytes = LoadLe32(at + 12)};
}

struct LeafRow {
  Bytes key;
  Bytes value;
  bool is_bucket = false;
};
// Nothing if key and value are not all within the page, behind its elements.
std::optional<LeafRow> LeafRowAt(const Page& page, size_t i);

// A bucket is a row's value: 8 bytes root page, 8 bytes sequence. With root 0 its only page, a
// leaf, follows: an inline bucket (internal/common/bucket.go).
struct BucketHeader {
  uint64_t root = 0;
  uint64_t sequence = 0;
  Bytes inline_page = {};  // if root is 0; at least a page header
};
std::optional<BucketHeader> DecodeBucketHeader(Bytes value);

using backend::CompareKeys;
using backend::KeyText;
using backend::ShortKeyText;

}  // namespace etcdf::bolt
