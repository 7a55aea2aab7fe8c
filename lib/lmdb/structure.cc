#include "lmdb/structure.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace etcdf::lmdb {
namespace {

constexpr uint64_t kHeaderBytes = 16;
constexpr uint64_t kNodeHeaderBytes = 8;
constexpr uint64_t kTreeBytes = 48;
constexpr uint64_t kMetaBytes = 136;
constexpr uint32_t kMagic = 0xBEEFC0DE;
constexpr uint32_t kVersion = 1;
constexpr uint64_t kPageBytesMin = 512, kPageBytesMax = 65536;
constexpr uint64_t kNoPage = ~uint64_t{0};
constexpr uint16_t kDepthMax = 32;  // liblmdb's CURSOR_STACK

enum PageFlags : uint16_t { kBranchPage = 1, kLeafPage = 2, kOverflowPage = 4, kMetaPage = 8 };
enum NodeFlags : uint16_t { kInline = 0, kBigData = 1, kSubTree = 2 };

struct Tree {
  uint16_t flags = 0;
  uint16_t depth = 0;
  uint64_t root = kNoPage;
};

// `at` has kTreeBytes.
Tree LoadTree(const uint8_t* at) {
  return {.flags = LoadLe16(at + 4), .depth = LoadLe16(at + 6), .root = LoadLe64(at + 40)};
}

struct Meta {
  Tree main;
  uint64_t page_bytes = 0;
  uint64_t page_last = 0;
  uint64_t txid = 0;
};

struct Fault {
  const char* what;
  uint64_t page;
};

class Walk {
 public:
  explicit Walk(Bytes file) : file_(file) {}

  // False at the first fault.
  bool Run();

  const Fault& fault() const { return fault_; }
  ErrorCode code() const { return code_; }
  Structure TakeStructure() { return std::move(structure_); }

 private:
  struct Place {
    uint64_t page;
    uint16_t levels;  // of the tree from this page down: 1 for a leaf
    bool in_main;
  };

  bool Wrong(const char* what, uint64_t page) {
    fault_ = {what, page};
    return false;
  }
  bool ReadMeta(uint64_t page, uint64_t page_bytes, Meta& meta);
  bool EnterTree(const Tree& tree, bool is_main, uint64_t page);
  bool Enter(uint64_t page, uint64_t count, uint64_t from);
  bool VisitPage(const Place& place);
  bool VisitChild(Bytes page, uint64_t node, const Place& place);
  bool VisitRow(Bytes page, uint64_t node, const Place& place);
  bool VisitOverflow(uint64_t first, uint64_t data_bytes, const Place& place);
  Bytes PageAt(uint64_t page) const { return file_.subspan(page * page_bytes_, page_bytes_); }

  Bytes file_;
  uint64_t page_bytes_ = 0;
  uint64_t page_count_ = 0;  // that are in use and in the file
  std::vector<bool> seen_;
  std::vector<Place> pending_;
  Structure structure_;
  Fault fault_ = {"", 0};
  ErrorCode code_ = ErrorCode::kMalformed;
};

bool Walk::ReadMeta(uint64_t page, uint64_t page_bytes, Meta& meta) {
  const uint64_t at = page * page_bytes;
  if (file_.size() < at + kHeaderBytes + kMetaBytes) return Wrong("the file ends before it", page);
  const uint8_t* const header = file_.data() + at;
  const uint8_t* const body = header + kHeaderBytes;
  if ((LoadLe16(header + 10) & kMetaPage) == 0) return Wrong("is not a meta page", page);
  if (LoadLe32(body) != kMagic) return Wrong("a meta page without LMDB's magic", page);
  if (LoadLe32(body + 4) != kVersion) return Wrong("a version of LMDB that is not 1", page);
  meta = {.main = LoadTree(body + 24 + kTreeBytes),
          .page_bytes = LoadLe32(body + 24),
          .page_last = LoadLe64(body + 24 + 2 * kTreeBytes),
          .txid = LoadLe64(body + 32 + 2 * kTreeBytes)};
  return true;
}

bool Walk::Run() {
  Meta first, second;
  if (!ReadMeta(0, 0, first)) return false;
  const uint64_t size = first.page_bytes;
  if (size < kPageBytesMin || size > kPageBytesMax || (size & (size - 1)) != 0) {
    return Wrong("a page size that is not a power of two from 512 to 65536", 0);
  }
  if (!ReadMeta(1, size, second)) return false;
  // liblmdb takes the second where the transactions are equal as little as we do.
  const bool second_is_newer = second.txid > first.txid;
  const Meta& meta = second_is_newer ? second : first;
  const uint64_t meta_page = second_is_newer ? 1 : 0;
  if (second.page_bytes != size) return Wrong("the two meta pages differ in page size", 1);
  page_bytes_ = size;
  page_count_ = file_.size() / size;
  if (meta.page_last < 1 || meta.page_last >= page_count_) {
    return Wrong("the file is shorter than the meta page says", meta_page);
  }
  page_count_ = meta.page_last + 1;
  structure_.size_bytes = page_count_ * size;
  seen_.resize(page_count_, false);
  seen_[0] = seen_[1] = true;
  if (!EnterTree(meta.main, true, meta_page)) return false;
  while (!pending_.empty()) {
    const Place place = pending_.back();
    pending_.pop_back();
    if (!VisitPage(place)) return false;
  }
  std::ranges::sort(structure_.names, {}, AsText);
  return true;
}

bool Walk::EnterTree(const Tree& tree, bool is_main, uint64_t page) {
  if (tree.flags != 0) {
    code_ = ErrorCode::kUnsupported;
    return Wrong("a database with duplicate keys or an order of its own", page);
  }
  if (tree.root == kNoPage) return true;
  if (tree.depth < 1 || tree.depth > kDepthMax) {
    return Wrong("a tree's depth is not in 1..32", page);
  }
  if (!Enter(tree.root, 1, page)) return false;
  pending_.push_back({.page = tree.root, .levels = tree.depth, .in_main = is_main});
  return true;
}

// Marks pages as reached.
bool Walk::Enter(uint64_t page, uint64_t count, uint64_t from) {
  if (page >= page_count_ || count > page_count_ - page) {
    return Wrong("leads to a page beyond the last", from);
  }
  for (uint64_t i = page; i < page + count; ++i) {
    if (seen_[i]) return Wrong("leads to a page that was reached before", from);
    seen_[i] = true;
  }
  return true;
}

bool Walk::VisitPage(const Place& place) {
  const Bytes page = PageAt(place.page);
  const bool is_leaf = place.levels == 1;
  const uint64_t lower = LoadLe16(page.data() + 12);
  if (LoadLe64(page.data()) != place.page) return Wrong("bears another page's number", place.page);
  if (LoadLe16(page.data() + 10) != (is_leaf ? kLeafPage : kBranchPage)) {
    return Wrong(is_leaf ? "is not a leaf" : "is not a branch", place.page);
  }
  if (lower < kHeaderBytes || lower > page.size() || lower % 2 != 0) {
    return Wrong("the offsets of its nodes leave the page", place.page);
  }
  const uint64_t nodes = (lower - kHeaderBytes) / 2;
  if (nodes < (is_leaf ? 1 : 2)) return Wrong("has too few nodes", place.page);
  for (uint64_t i = 0; i < nodes; ++i) {
    const uint64_t at = LoadLe16(page.data() + kHeaderBytes + 2 * i);
    if (at < lower || at > page.size() - kNodeHeaderBytes ||
        LoadLe16(page.data() + at + 6) > page.size() - kNodeHeaderBytes - at) {
      return Wrong("a node leaves the page", place.page);
    }
    if (!(is_leaf ? VisitRow(page, at, place) : VisitChild(page, at, place))) return false;
  }
  return true;
}

bool Walk::VisitChild(Bytes page, uint64_t node, const Place& place) {
  const uint64_t child = LoadLe32(page.data() + node) | uint64_t{LoadLe16(page.data() + node + 4)}
                                                            << 32;
  if (!Enter(child, 1, place.page)) return false;
  pending_.push_back(
      {.page = child, .levels = static_cast<uint16_t>(place.levels - 1), .in_main = place.in_main});
  return true;
}

bool Walk::VisitRow(Bytes page, uint64_t node, const Place& place) {
  const uint16_t flags = LoadLe16(page.data() + node + 4);
  const uint64_t key_bytes = LoadLe16(page.data() + node + 6);
  const uint64_t data_bytes = LoadLe32(page.data() + node);
  const uint64_t data = node + kNodeHeaderBytes + key_bytes;
  const uint64_t stored_bytes = flags == kBigData ? 8 : data_bytes;
  if (stored_bytes > page.size() - data) return Wrong("a row leaves the page", place.page);
  switch (flags) {
    case kInline: return true;
    case kBigData: return VisitOverflow(LoadLe64(page.data() + data), data_bytes, place);
    case kSubTree: break;
    default: return Wrong("a row of a kind that etcd does not write", place.page);
  }
  if (!place.in_main || data_bytes != kTreeBytes) {
    return Wrong("a named database where none can be", place.page);
  }
  if (structure_.names.size() == kDatabasesMax) return Wrong("too many databases", place.page);
  structure_.names.push_back(page.subspan(node + kNodeHeaderBytes, key_bytes));
  return EnterTree(LoadTree(page.data() + data), false, place.page);
}

bool Walk::VisitOverflow(uint64_t first, uint64_t data_bytes, const Place& place) {
  const uint64_t pages = (kHeaderBytes + data_bytes + page_bytes_ - 1) / page_bytes_;
  if (!Enter(first, pages, place.page)) return false;
  const Bytes page = PageAt(first);
  if ((LoadLe16(page.data() + 10) & kOverflowPage) == 0 || LoadLe32(page.data() + 12) < pages) {
    return Wrong("is not the overflow page that a row says", first);
  }
  return true;
}

}  // namespace

Result<Structure> CheckStructure(Bytes file, const std::string& path) {
  Walk walk(file);
  if (walk.Run()) return walk.TakeStructure();
  return Fail({.code = walk.code(),
               .what = walk.fault().what,
               .subject = path + ": page " + std::to_string(walk.fault().page)});
}

}  // namespace etcdf::lmdb
