#include "bolt/bucket.h"

#include <algorithm>
#include <set>
#include <utility>

#include "bolt/findings.h"
#include "bolt/rows.h"

namespace etcdf::bolt {
namespace {

class Cursor : public backend::Cursor {
 public:
  Cursor(const Tree& tree, FindingSink& findings)
      : tree_(tree), findings_(findings), path_(tree_, findings) {}

  bool First() override { return path_.ToFirst() && Forward(0); }
  bool Last() override { return path_.ToLast() && Backward(path_.leaf().header.count); }
  bool Next() override { return Forward(element_ + 1); }
  bool Prev() override { return Backward(element_); }

  bool Seek(Bytes key) override {
    if (!path_.ToKey(key)) return false;
    size_t low = 0;
    for (size_t high = path_.leaf().header.count; low < high;) {
      const size_t middle = low + (high - low) / 2;
      const auto row = LeafRowAt(path_.leaf(), middle);
      if (row && CompareKeys(row->key, key) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return Forward(low);
  }

 private:
  // To the row at element `element` of the leaf, or the next one that can be read.
  bool Forward(size_t element) {
    do {
      for (; element < path_.leaf().header.count; ++element) {
        if (Show(element)) return true;
      }
      element = 0;
    } while (path_.Next());
    return false;
  }

  // To the row before `end`.
  bool Backward(size_t end) {
    for (;;) {
      while (end-- > 0) {
        if (Show(end)) return true;
      }
      if (!path_.Prev()) return false;
      end = path_.leaf().header.count;
    }
  }

  bool Show(size_t element) {
    const auto row = LeafRowAt(path_.leaf(), element);
    if (!row) {
      ReportElement(element);
      return false;
    }
    element_ = element;
    row_ = {.key = row->key, .value = row->value, .is_bucket = row->is_bucket};
    if (row->is_bucket) row_.value = {};
    return true;
  }

  void ReportElement(size_t element) {
    const std::vector<uint64_t> branches = path_.branches();
    const LeafPlace leaf{.page = path_.leaf(), .range = path_.range(), .branches = &branches};
    Finding finding = BadElements(tree_, leaf, element, element);
    if (reported_.size() < FindingList::kMaxPerKind && reported_.insert(*finding.offset).second) {
      findings_.Report(std::move(finding));
    }
  }

  Tree tree_;
  FindingSink& findings_;
  TreePath path_;
  size_t element_ = 0;
  std::set<uint64_t> reported_;  // offsets of elements
};

// The leaves of a bucket in order.
struct LeafList {
  struct Leaf {
    uint64_t page = 0;
    uint64_t end = 0;  // of its pages: where the next page that is in use begins, if it overlaps
    KeyRange range;
    size_t parent = 0;  // in `branches`
  };
  Tree tree;
  std::vector<Leaf> leaves;
  // The ways from the root to the lowest branches.
  std::vector<std::vector<uint64_t>> branches;
};

class Scan : public backend::Scan {
 public:
  Scan(std::shared_ptr<const LeafList> list, size_t begin, size_t end)
      : list_(std::move(list)), next_(begin), end_(end), reader_(list_->tree, findings_) {}

  size_t Next(std::span<backend::Row> rows) override {
    size_t filled = 0;
    while (filled < rows.size()) {
      const size_t read = reader_.Next(rows.subspan(filled));
      filled += read;
      if (read == 0 && !OpenNextLeaf()) break;
    }
    return filled;
  }

  const FindingList& findings() const override { return findings_; }

 private:
  bool OpenNextLeaf() {
    while (next_ < end_) {
      const LeafList::Leaf& leaf = list_->leaves[next_++];
      if (Open(leaf)) return true;
    }
    return false;
  }

  bool Open(const LeafList::Leaf& leaf) {
    const std::vector<uint64_t>& branches = list_->branches[leaf.parent];
    if (list_->tree.is_inline()) {
      const Bytes bytes = list_->tree.header.inline_page;
      reader_.Open(
          {.page = {.header = DecodePageHeader(bytes), .bytes = bytes}, .branches = &branches});
      return true;
    }
    const File& file = *list_->tree.file;
    PageRead read = file.Read(leaf.page);
    if (read.fault != PageFault::kNone || !read.page.is_leaf()) {  // it was a leaf a moment ago
      findings_.Report({.kind = kBadPage,
                        .file = file.path(),
                        .offset = leaf.page * file.page_size(),
                        .what = PlaceText(list_->tree, branches) + "page " +
                                std::to_string(leaf.page) + " changed while it was read",
                        .consequence = KeyRangeText(leaf.range) + " are not read"});
      return false;
    }
    Bytes& bytes = read.page.bytes;
    bytes =
        bytes.first(std::min<uint64_t>(bytes.size(), (leaf.end - leaf.page) * file.page_size()));
    reader_.Open({.page = read.page, .range = leaf.range, .branches = &branches});
    return true;
  }

  std::shared_ptr<const LeafList> list_;
  size_t next_;
  size_t end_;
  FindingList findings_;
  RowReader reader_;
};

// Where pages run into each other, the rows of both are read from the first up to the second: no
// byte is read for two pages, however often the pages say so.
void EndLeavesAtNextPage(LeafList& list, FindingSink& findings) {
  std::vector<uint64_t> starts;
  starts.reserve(list.leaves.size());
  for (const LeafList::Leaf& leaf : list.leaves) starts.push_back(leaf.page);
  for (const auto& path : list.branches) starts.insert(starts.end(), path.begin(), path.end());
  std::ranges::sort(starts);
  for (LeafList::Leaf& leaf : list.leaves) {
    if (leaf.end - leaf.page == 1) continue;
    const auto next = std::ranges::upper_bound(starts, leaf.page);
    if (next == starts.end() || *next >= leaf.end) continue;
    std::vector<uint64_t> way = list.branches[leaf.parent];
    way.push_back(leaf.page);
    findings.Report({.kind = kPageReused,
                     .file = list.tree.file->path(),
                     .offset = *next * list.tree.file->page_size(),
                     .what = PlaceText(list.tree, way) + "goes on over page " +
                             std::to_string(*next) + ", which is in use for other rows",
                     .consequence = KeyRangeText(leaf.range) + " may be cut off"});
    leaf.end = *next;
  }
}

std::shared_ptr<const LeafList> ListLeaves(const Tree& tree, FindingSink& findings) {
  auto list = std::make_shared<LeafList>(LeafList{.tree = tree, .leaves = {}, .branches = {}});
  TreePath path(list->tree, findings);
  bool overflows = false;
  std::vector<uint64_t> branches;
  for (bool more = path.ToFirst(); more; more = path.Next()) {
    path.CopyBranches(branches);
    if (list->branches.empty() || list->branches.back() != branches) {
      list->branches.push_back(branches);
    }
    const Page& page = path.leaf();
    overflows = overflows || page.header.overflow > 0;
    list->leaves.push_back({.page = page.position,
                            .end = page.position + page.header.overflow + 1,
                            .range = path.range(),
                            .parent = list->branches.size() - 1});
  }
  if (overflows && !tree.is_inline()) EndLeavesAtNextPage(*list, findings);
  return list;
}

}  // namespace

std::unique_ptr<backend::Cursor> Bucket::NewCursor(FindingSink& findings) const {
  return std::make_unique<Cursor>(tree_, findings);
}

std::vector<std::unique_ptr<backend::Scan>> Bucket::Split(size_t parts,
                                                          FindingSink& findings) const {
  const auto list = ListLeaves(tree_, findings);
  const size_t leaves = list->leaves.size();
  parts = std::clamp<size_t>(parts, 1, std::max<size_t>(leaves, 1));
  std::vector<std::unique_ptr<backend::Scan>> scans;
  for (size_t i = 0; i < parts; ++i) {
    scans.push_back(std::make_unique<Scan>(list, leaves * i / parts, leaves * (i + 1) / parts));
  }
  return scans;
}

}  // namespace etcdf::bolt
