#include "bolt/page.h"

#include "base/escape.h"

namespace etcdf::bolt {
namespace {

// Bytes of the page from `at` on; nothing if they are not all there or lie within the elements.
std::optional<Bytes> DataAt(const Page& page, uint64_t at, uint64_t length) {
  const uint64_t size = page.bytes.size();
  if (at < kPageHeaderBytes + uint64_t{page.header.count} * kElementBytes) return std::nullopt;
  if (at > size || length > size - at) return std::nullopt;
  return page.bytes.subspan(at, length);
}

}  // namespace

PageHeader DecodePageHeader(Bytes bytes) {
  const uint8_t* const at = bytes.data();
  return {.id = LoadLe64(at),
          .flags = LoadLe16(at + 8),
          .count = LoadLe16(at + 10),
          .overflow = LoadLe32(at + 12)};
}

std::string EncodePageHeader(const PageHeader& header) {
  std::string bytes;
  AppendLe(bytes, header.id);
  AppendLe(bytes, header.flags);
  AppendLe(bytes, header.count);
  AppendLe(bytes, header.overflow);
  return bytes;
}

std::string PageTypeName(uint16_t flags) {
  switch (flags) {
    case kBranchPage: return "branch";
    case kLeafPage: return "leaf";
    case kMetaPage: return "meta";
    case kFreelistPage: return "freelist";
    default: return "unknown<" + FixedHex(flags, flags > 0xff ? 4 : 2) + ">";
  }
}

std::optional<BranchElement> BranchElementAt(const Page& page, size_t i) {
  const size_t at = kPageHeaderBytes + i * kElementBytes;
  const uint8_t* const element = page.bytes.data() + at;
  const auto key = DataAt(page, at + uint64_t{LoadLe32(element)}, LoadLe32(element + 4));
  if (!key) return std::nullopt;
  return BranchElement{.key = *key, .child = LoadLe64(element + 8)};
}

std::optional<LeafRow> LeafRowAt(const Page& page, size_t i) {
  const LeafElement element = LeafElementAt(page, i);
  const uint64_t at = kPageHeaderBytes + i * kElementBytes + uint64_t{element.position};
  const auto data = DataAt(page, at, uint64_t{element.key_bytes} + element.value_bytes);
  if (!data) return std::nullopt;
  return LeafRow{.key = data->first(element.key_bytes),
                 .value = data->subspan(element.key_bytes),
                 .is_bucket = (element.flags & kBucketElement) != 0};
}

std::optional<BucketHeader> DecodeBucketHeader(Bytes value) {
  constexpr size_t kBucketHeaderBytes = 16;
  if (value.size() < kBucketHeaderBytes) return std::nullopt;
  BucketHeader bucket{.root = LoadLe64(value.data()), .sequence = LoadLe64(value.data() + 8)};
  if (bucket.root != 0) return bucket;
  bucket.inline_page = value.subspan(kBucketHeaderBytes);
  if (bucket.inline_page.size() < kPageHeaderBytes) return std::nullopt;
  return bucket;
}

}  // namespace etcdf::bolt
