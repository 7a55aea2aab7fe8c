#include "bolt/rows.h"

#include <algorithm>
#include <utility>

#include "base/counted.h"
#include "bolt/findings.h"

namespace etcdf::bolt {
namespace {

uint64_t ElementOffset(size_t element) { return kPageHeaderBytes + element * kElementBytes; }

std::string LeafText(const Tree& tree, const LeafPlace& leaf) {
  std::vector<uint64_t> pages = *leaf.branches;
  pages.push_back(leaf.page.position);
  return PlaceText(tree, pages);
}

Bytes KeyAt(const Page& page, size_t element) {
  if (element >= page.header.count) return {};
  const auto row = LeafRowAt(page, element);
  return row ? row->key : Bytes{};
}

}  // namespace

Finding BadElements(const Tree& tree, const LeafPlace& leaf, size_t first, size_t last) {
  const uint64_t page_at = tree.file->OffsetOf(leaf.page.bytes.data());
  KeyRange lost = leaf.range;
  if (first > 0) lost.lower = KeyAt(leaf.page, first - 1);
  if (const Bytes next = KeyAt(leaf.page, last + 1); !next.empty()) lost.upper = next;
  const std::string what = first == last ? "element " + std::to_string(first) + " has its"
                                         : "elements " + std::to_string(first) + " to " +
                                               std::to_string(last) + " have their";
  return {.kind = kBadElement,
          .file = tree.file->path(),
          .offset = page_at + ElementOffset(first),
          .length = (last - first + 1) * kElementBytes,
          .what = LeafText(tree, leaf) + what + " key or value outside of the page",
          .consequence =
              std::to_string(last - first + 1) + " of " + KeyRangeText(lost) + " cannot be read"};
}

std::optional<Finding> WrongEmptyLeaf(const Tree& tree, const LeafPlace& leaf) {
  if (leaf.page.header.count != 0) return std::nullopt;
  const Bytes behind = leaf.page.bytes.subspan(kPageHeaderBytes);
  const Bytes element = behind.first(std::min(behind.size(), kElementBytes));
  const bool holds_element = std::ranges::any_of(element, [](uint8_t byte) { return byte != 0; });
  std::string what;
  if (!leaf.branches->empty()) {
    what = "is a leaf without rows below a branch, where bbolt leaves none";
  } else if (tree.is_inline() && !behind.empty()) {
    what = "its page counts no rows; " + Counted(behind.size(), "byte follows", "bytes follow") +
           " its header";
  } else if (holds_element) {
    what = "is a leaf that counts no rows; an element follows its header";
  } else {
    return std::nullopt;
  }
  return Finding{.kind = kEmptyPage,
                 .file = tree.file->path(),
                 .offset = tree.file->OffsetOf(leaf.page.bytes.data()),
                 .what = LeafText(tree, leaf) + what,
                 .consequence = KeyRangeText(leaf.range) + " cannot be read here"};
}

Finding NestedBucket(const Tree& tree, const LeafPlace& leaf, size_t element, Bytes key) {
  return {.kind = kNestedBucket,
          .file = tree.file->path(),
          .offset = tree.file->OffsetOf(leaf.page.bytes.data()) + ElementOffset(element),
          .what = LeafText(tree, leaf) + ShortKeyText(key) + " is a bucket within the bucket",
          .consequence = "etcd makes none such; its rows are not read"};
}

void RowReader::Open(const LeafPlace& leaf) {
  leaf_ = leaf;
  open_ = true;
  element_ = 0;
  expected_ = ElementOffset(leaf.page.header.count);
  overlap_left_ = leaf.page.bytes.size();
  if (auto finding = WrongEmptyLeaf(tree_, leaf_)) findings_.Report(*std::move(finding));
}

size_t RowReader::Next(std::span<backend::Row> rows) {
  const Bytes bytes = leaf_.page.bytes;
  const size_t count = open_ ? leaf_.page.header.count : 0;
  size_t filled = 0;
  while (filled < rows.size() && element_ < count) {
    const LeafElement element = LeafElementAt(leaf_.page, element_);
    uint64_t at = ElementOffset(element_) + element.position;
    const uint64_t data_bytes = uint64_t{element.key_bytes} + element.value_bytes;
    const bool as_written = at == expected_ && at + data_bytes <= bytes.size() &&
                            element.key_bytes != 0 && element.flags <= kBucketElement;
    if (!as_written) [[unlikely]] {
      if (!Examine(element)) continue;
    }
    const Bytes key = bytes.subspan(at, element.key_bytes);
    if (CompareKeys(previous_, key) >= 0 || element_ == 0) CheckOrder(key);
    previous_ = key;
    expected_ = at + data_bytes;
    const bool is_bucket = (element.flags & kBucketElement) != 0;
    if (is_bucket && !tree_.is_root()) [[unlikely]] {
      findings_.Report(NestedBucket(tree_, leaf_, element_, key));
    }
    rows[filled++] = {
        .key = key,
        .value = is_bucket ? Bytes{} : bytes.subspan(at + element.key_bytes, element.value_bytes),
        .is_bucket = is_bucket};
    ++element_;
  }
  if (filled == 0 && open_) Finish();
  return filled;
}

// An element that is not as bbolt writes it. False if there is no row in it, or in its neighbours:
// then the reader has moved on behind them.
bool RowReader::Examine(const LeafElement& element) {
  const size_t count = leaf_.page.header.count;
  size_t end = element_;
  while (end < count && !LeafRowAt(leaf_.page, end)) ++end;
  if (end > element_) {
    findings_.Report(BadElements(tree_, leaf_, element_, end - 1));
    element_ = end;
    expected_ = 0;  // not known
    return false;
  }
  const uint64_t at = ElementOffset(element_) + element.position;
  if (at < expected_) {
    const uint64_t overlap = expected_ - at;
    if (overlap > overlap_left_) {
      Report(kBadElement, element_, "lies over the elements before", "it is left out");
      ++element_;
      return false;
    }
    overlap_left_ -= overlap;
  }
  if (at != expected_ && expected_ != 0) {
    if (element_ == 0) {
      Report(kBadElement, element_, "does not begin right behind the elements",
             "the page may count too few or too many of them");
    } else {
      Report(kBadElement, element_, "does not begin where the one before ends",
             "the value of one of them may be too long or too short");
    }
  }
  if (element.key_bytes == 0) Report(kBadElement, element_, "has an empty key");
  if (element.flags > kBucketElement) {
    Report(kBadElement, element_, "has the unknown flags " + std::to_string(element.flags));
  }
  return true;
}

void RowReader::CheckOrder(Bytes key) {
  if (element_ == 0) {
    if (CompareKeys(key, leaf_.range.lower) < 0) {
      Report(kKeyOrder, element_,
             "has the key " + ShortKeyText(key) + ", which is before the branch's separator " +
                 ShortKeyText(leaf_.range.lower),
             "etcd does not find the row");
      return;
    }
  }
  const int order = CompareKeys(previous_, key);
  if (previous_.empty() || order < 0) return;
  Report(kKeyOrder, element_,
         order == 0 ? "has the key " + ShortKeyText(key) + " of the one before"
                    : "has the key " + ShortKeyText(key) + ", which is before the previous one, " +
                          ShortKeyText(previous_),
         "etcd may not find rows near it");
}

// At the end of a leaf that was read through.
void RowReader::Finish() {
  open_ = false;
  const Bytes upper = leaf_.range.upper;
  if (upper.empty() || leaf_.page.header.count == 0 || CompareKeys(previous_, upper) < 0) return;
  Report(kKeyOrder, leaf_.page.header.count - size_t{1},
         "has the key " + ShortKeyText(previous_) + ", which is not before the next separator " +
             ShortKeyText(upper),
         "etcd does not find the row");
}

void RowReader::Report(FindingKind kind, size_t element, const std::string& what,
                       std::string consequence) {
  findings_.Report(
      {.kind = kind,
       .file = tree_.file->path(),
       .offset = tree_.file->OffsetOf(leaf_.page.bytes.data()) + ElementOffset(element),
       .what = LeafText(tree_, leaf_) + "element " + std::to_string(element) + " " + what,
       .consequence = std::move(consequence)});
}

}  // namespace etcdf::bolt
