#include "lmdb/file.h"

#include <utility>

#include "base/counted.h"
#include "lmdb/findings.h"

namespace etcdf::lmdb {
namespace {

constexpr uint64_t kHeaderBytes = 16;
constexpr uint64_t kNodeHeaderBytes = 8;
constexpr uint64_t kTreeBytes = 48;
constexpr uint64_t kMetaBytes = 136;
constexpr uint32_t kMagic = 0xBEEFC0DE;
constexpr uint32_t kVersion = 1;
constexpr uint64_t kPageBytesMin = 512, kPageBytesMax = 65536;

enum PageFlags : uint16_t { kBranchPage = 1, kLeafPage = 2, kOverflowPage = 4, kMetaPage = 8 };
enum NodeFlags : uint16_t { kInline = 0, kBigData = 1, kSubTree = 2 };

constexpr const char* kOwnOrder = "is of a database with duplicate keys or an order of its own";

tl::unexpected<const char*> Wrong(const char* what) { return tl::unexpected<const char*>(what); }

// `at` has kTreeBytes.
Tree LoadTree(const uint8_t* at) {
  return {.flags = LoadLe16(at + 4), .entries = LoadLe64(at + 32), .root = LoadLe64(at + 40)};
}

// The header of a node, and its key, are in the page.
struct Node {
  uint32_t low;
  uint16_t flags;
  Bytes key;
  Bytes behind;  // from its data to the end of the page
};

Checked<Node> NodeAt(const Page& page, size_t i) {
  const uint64_t at = LoadLe16(page.bytes.data() + kHeaderBytes + 2 * i);
  if (at < kHeaderBytes + 2 * page.count || at > page.bytes.size() - kNodeHeaderBytes) {
    return Wrong("is not where a row can be");
  }
  const uint8_t* const node = page.bytes.data() + at;
  const uint64_t key_bytes = LoadLe16(node + 6);
  const Bytes body = page.bytes.subspan(at + kNodeHeaderBytes);
  if (key_bytes > body.size()) return Wrong("has a key that leaves the page");
  return Node{.low = LoadLe32(node),
              .flags = LoadLe16(node + 4),
              .key = body.first(key_bytes),
              .behind = body.subspan(key_bytes)};
}

}  // namespace

Result<File> File::Open(Bytes bytes, const std::string& path, FindingSink& findings) {
  File file(bytes, path);
  if (auto chosen = file.ChooseMeta(findings); !chosen) return Fail(chosen.error());
  if (file.meta_.page_last >= file.page_count()) {
    findings.Report({.kind = kTruncated,
                     .file = path,
                     .offset = bytes.size(),
                     .what = "the meta page counts " +
                             Counted(file.meta_.page_last, "page", "pages") +
                             " after the first, and the file has " +
                             Counted(file.page_count(), "page", "pages"),
                     .consequence = "rows on the pages that are missing are lost"});
  }
  return file;
}

Checked<File::Meta> File::ReadMeta(uint64_t page, uint64_t page_bytes) const {
  const uint64_t at = page * page_bytes;
  if (bytes_.size() < at + kHeaderBytes + kMetaBytes) return Wrong("is cut off");
  const uint8_t* const header = bytes_.data() + at;
  const uint8_t* const body = header + kHeaderBytes;
  if ((LoadLe16(header + 10) & kMetaPage) == 0) return Wrong("is not a meta page");
  if (LoadLe32(body) != kMagic) return Wrong("has not LMDB's magic number");
  if (LoadLe32(body + 4) != kVersion) return Wrong("has a version that is not 1");
  const Meta meta = {.main = LoadTree(body + 24 + kTreeBytes),
                     .page_bytes = LoadLe32(body + 24),
                     .page_last = LoadLe64(body + 24 + 2 * kTreeBytes),
                     .txid = LoadLe64(body + 32 + 2 * kTreeBytes)};
  const uint64_t size = meta.page_bytes;
  if (size < kPageBytesMin || size > kPageBytesMax || (size & (size - 1)) != 0) {
    return Wrong("has a page size that is not a power of two from 512 to 65536");
  }
  if (page > 0 && size != page_bytes) return Wrong("has another page size than the first");
  return meta;
}

// Sets the page size. Where the first meta page does not tell it, the second is where its own page
// size says.
Checked<File::Meta> File::FindSecondMeta(const Checked<Meta>& first) {
  Checked<Meta> second = Wrong("is not found");
  page_bytes_ = kPageBytesMin;
  if (first) {
    page_bytes_ = first->page_bytes;
    return ReadMeta(1, page_bytes_);
  }
  for (uint64_t size = kPageBytesMin; size <= kPageBytesMax && !second; size *= 2) {
    second = ReadMeta(1, size);
    if (second) page_bytes_ = size;
  }
  return second;
}

Checked<File::Meta> File::LeadingToATree(const Checked<Meta>& meta) const {
  if (!meta) return meta;
  if (meta->main.flags != 0) return Wrong(kOwnOrder);
  if (meta->main.root != Tree::kEmpty && !Read(meta->main.root)) {
    return Wrong("leads to a page that is no root");
  }
  return meta;
}

Result<void> File::ChooseMeta(FindingSink& findings) {
  const Checked<Meta> as_read = ReadMeta(0, 0);
  const Checked<Meta> second = LeadingToATree(FindSecondMeta(as_read));
  const Checked<Meta> first = LeadingToATree(as_read);
  if (!first && !second) {
    return Fail(
        {.code = first.error() == kOwnOrder ? ErrorCode::kUnsupported : ErrorCode::kMalformed,
         .what = first.error(),
         .subject = path_ + ": page 0"});
  }
  // liblmdb does not take the second where the transactions are equal.
  meta_ = !first || (second && second->txid > first->txid) ? *second : *first;
  const auto report = [&](uint64_t page, const Checked<Meta>& meta) {
    if (meta) return;
    findings.Report({.kind = kBadMeta,
                     .file = path_,
                     .offset = page * page_bytes_,
                     .what = "meta page " + std::to_string(page) + " " + meta.error(),
                     .consequence = "the other is used; if it is the older one, the rows are those "
                                    "of the transaction before the last"});
  };
  report(0, first);
  report(1, second);
  return {};
}

uint64_t File::size_bytes() const {
  const uint64_t pages = page_count();
  return (meta_.page_last < pages ? meta_.page_last + 1 : pages) * page_bytes_;
}

Checked<Page> File::Read(uint64_t number) const {
  if (number >= page_count()) return Wrong("is not in the file");
  const Bytes bytes = bytes_.subspan(number * page_bytes_, page_bytes_);
  if (LoadLe64(bytes.data()) != number) {
    return Wrong(FirstNonZero(bytes) == bytes.size() ? "is all zeros"
                                                     : "bears another page's number");
  }
  const uint16_t flags = LoadLe16(bytes.data() + 10);
  if (flags != kBranchPage && flags != kLeafPage) return Wrong("is neither branch nor leaf");
  const uint64_t lower = LoadLe16(bytes.data() + 12);
  const uint64_t count = (lower - kHeaderBytes) / 2;
  if (lower <= kHeaderBytes || lower % 2 != 0 ||
      count * (sizeof(uint16_t) + kNodeHeaderBytes) > bytes.size() - kHeaderBytes) {
    return Wrong("counts rows that it cannot have");
  }
  return Page{.number = number, .bytes = bytes, .is_leaf = flags == kLeafPage, .count = count};
}

Checked<Child> File::ChildAt(const Page& branch, size_t i) const {
  const auto node = NodeAt(branch, i);
  if (!node) return Wrong(node.error());
  return Child{.key = node->key, .page = node->low | uint64_t{node->flags} << 32};
}

Checked<Row> File::RowAt(const Page& leaf, size_t i) const {
  const auto node = NodeAt(leaf, i);
  if (!node) return Wrong(node.error());
  const bool is_big = node->flags == kBigData;
  const uint64_t stored_bytes = is_big ? sizeof(uint64_t) : node->low;
  if (stored_bytes > node->behind.size()) return Wrong("has a value that leaves the page");
  Row row = {.key = node->key,
             .value = node->behind.first(stored_bytes),
             .node_bytes = kNodeHeaderBytes + node->key.size() + stored_bytes};
  switch (node->flags) {
    case kInline: return row;
    case kSubTree:
      if (row.value.size() != kTreeBytes) return Wrong("is a database without a tree");
      row.tree = LoadTree(row.value.data());
      return row;
    case kBigData: break;
    default: return Wrong("is of a kind that etcd's databases do not have");
  }
  row.overflow_first = LoadLe64(row.value.data());
  row.overflow_count = OverflowPages(node->low);
  const auto value = Overflow(row.overflow_first, node->low);
  if (!value) return Wrong(value.error());
  row.value = *value;
  return row;
}

uint64_t File::OverflowPages(uint64_t data_bytes) const {
  return (kHeaderBytes + data_bytes + page_bytes_ - 1) / page_bytes_;
}

Checked<Bytes> File::Overflow(uint64_t first, uint64_t data_bytes) const {
  const uint64_t count = OverflowPages(data_bytes);
  if (first >= page_count() || count > page_count() - first) {
    return Wrong("has a value on pages that are not in the file");
  }
  const Bytes pages = bytes_.subspan(first * page_bytes_, count * page_bytes_);
  if (LoadLe64(pages.data()) != first || LoadLe16(pages.data() + 10) != kOverflowPage ||
      LoadLe32(pages.data() + 12) < count) {
    return Wrong("has a value on pages that are not those of a value");
  }
  return pages.subspan(kHeaderBytes, data_bytes);
}

uint64_t File::SlotOffset(const Page& page, size_t i) const {
  return page.number * page_bytes_ + kHeaderBytes + 2 * i;
}

}  // namespace etcdf::lmdb
