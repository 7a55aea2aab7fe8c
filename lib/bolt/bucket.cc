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
      if (path_.leaf().header.count == 0) ReportEmpty();
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
      if (path_.leaf().header.count == 0) ReportEmpty();
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
    if (row->is_bucket) {
      row_.value = {};
      ReportNested(element, row->key);
    }
    return true;
  }

  void ReportElement(size_t element) {
    const std::vector<uint64_t> branches = path_.branches();
    const LeafPlace leaf{.page = path_.leaf(), .range = path_.range(), .branches = &branches};
    ReportOnce(BadElements(tree_, leaf, element, element));
  }

  void ReportNested(size_t element, Bytes key) {
    const std::vector<uint64_t> branches = path_.branches();
    const LeafPlace leaf{.page = path_.leaf(), .range = path_.range(), .branches = &branches};
    ReportOnce(NestedBucket(tree_, leaf, element, key));
  }

  void ReportEmpty() {
    const std::vector<uint64_t> branches = path_.branches();
    auto finding = WrongEmptyLeaf(
        tree_, {.page = path_.leaf(), .range = path_.range(), .branches = &branches});
    if (finding) ReportOnce(*std::move(finding));
  }

  // `finding` has an offset.
  void ReportOnce(Finding finding) {
    if (reported_.size() < FindingList::kMaxPerKind &&
        reported_.insert(finding.offset.value_or(0)).second) {
      findings_.Report(std::move(finding));
    }
  }

  Tree tree_;
  FindingSink& findings_;
  TreePath path_;
  size_t element_ = 0;
  std::set<uint64_t> reported_;  // offsets of elements and pages
};

// The leaves of a bucket in order.
struct LeafList {
  struct Leaf {
    uint64_t page = 0;
    KeyRange range;
    size_t parent = 0;  // in `branches`
  };
  Tree tree;
  std::vector<Leaf> leaves;
  // The ways from the root to the lowest branches.
  std::vector<std::vector<uint64_t>> branches;
  PageOwners owners;
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
    PageRead read = list_->tree.file->Read(leaf.page);
    const bool is_branch = read.fault == PageFault::kNone && !read.page.is_leaf();
    if (is_branch || read.fault != PageFault::kNone) {
      Report(kBadPage, leaf, is_branch ? "is a branch page among leaves" : PageFaultText(read),
             " cannot be read here");
      return false;
    }
    EndAtNextPage(leaf, read);
    reader_.Open({.page = read.page, .range = leaf.range, .branches = &branches});
    return true;
  }

  // A page that goes on over others ends where the next one begins: no byte is read for two pages,
  // however often the pages say so.
  void EndAtNextPage(const LeafList::Leaf& leaf, PageRead& read) {
    if (read.cut_off) {
      Report(kBadPage, leaf, CutOffText(read), " may be cut off");
    }
    if (read.page.header.overflow == 0) return;
    const uint64_t end = leaf.page + read.page.header.overflow + 1;
    const uint64_t next = list_->owners.NextOwned(leaf.page, end);
    const uint64_t bytes = (next - leaf.page) * list_->tree.file->page_size();
    if (bytes >= read.page.bytes.size()) return;
    read.page.bytes = read.page.bytes.first(bytes);
    Report(kPageReused, leaf,
           "goes on over page " + std::to_string(next) + ", which is in use for other rows",
           " may be cut off");
  }

  void Report(FindingKind kind, const LeafList::Leaf& leaf, const std::string& what,
              const std::string& consequence) {
    std::vector<uint64_t> way = list_->branches[leaf.parent];
    way.push_back(leaf.page);
    findings_.Report({.kind = kind,
                      .file = list_->tree.file->path(),
                      .offset = leaf.page * list_->tree.file->page_size(),
                      .what = PlaceText(list_->tree, way) + what,
                      .consequence = KeyRangeText(leaf.range) + consequence});
  }

  std::shared_ptr<const LeafList> list_;
  size_t next_;
  size_t end_;
  FindingList findings_;
  RowReader reader_;
};

std::shared_ptr<const LeafList> ListLeaves(const Tree& tree, FindingSink& findings) {
  auto list = std::make_shared<LeafList>();
  list->tree = tree;
  TreePath path(list->tree, findings, &list->owners);
  std::vector<uint64_t> branches;
  for (bool more = path.ToFirst(); more; more = path.Next()) {
    path.CopyBranches(branches);
    if (list->branches.empty() || list->branches.back() != branches) {
      list->branches.push_back(branches);
    }
    list->leaves.push_back(
        {.page = path.leaf().position, .range = path.range(), .parent = list->branches.size() - 1});
    path.PassLeavesUnread();
  }
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
