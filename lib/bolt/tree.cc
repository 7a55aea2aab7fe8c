#include "bolt/tree.h"

#include <algorithm>

#include "bolt/findings.h"

namespace etcdf::bolt {
namespace {

// Of the damage that one path has told, so many are kept in mind. A file with more is hopeless.
constexpr size_t kMaxReported = 20000;

// "element 4 has its key", "elements 4 to 7 have their keys".
std::string ElementsText(size_t first, size_t last) {
  if (first == last) return "element " + std::to_string(first) + " has its key";
  return "elements " + std::to_string(first) + " to " + std::to_string(last) + " have their keys";
}

}  // namespace

std::string PlaceText(const Tree& tree, const std::vector<uint64_t>& pages) {
  std::string text = tree.name.empty() ? "the root bucket" : "bucket " + tree.name;
  if (tree.is_inline()) return text + ", inline: ";
  text += ", page ";
  for (size_t i = 0; i < pages.size(); ++i) {
    if (i > 0) text += " -> ";
    text += std::to_string(pages[i]);
  }
  return text + ": ";
}

PageOwners::Answer PageOwners::Own(uint64_t id, uint64_t from, uint32_t tree, uint64_t page_count) {
  if (blocks_.size() * kBlockPages < page_count) blocks_.resize(page_count / kBlockPages + 1);
  std::unique_ptr<Block>& block = blocks_[id / kBlockPages];
  if (!block) block = std::make_unique<Block>();
  Owner& owner = (*block)[id % kBlockPages];
  if (owner.from == 0) owner = {.from = from, .tree = tree};
  if (owner.tree != tree) return Answer::kTakenByOther;
  return owner.from == from ? Answer::kOwned : Answer::kTakenHere;
}

uint64_t PageOwners::NextOwned(uint64_t id, uint64_t end) const {
  end = std::min<uint64_t>(end, blocks_.size() * kBlockPages);
  for (++id; id < end; ++id) {
    const auto& block = blocks_[id / kBlockPages];
    if (!block) {
      id += kBlockPages - id % kBlockPages - 1;
    } else if ((*block)[id % kBlockPages].from != 0) {
      return id;
    }
  }
  return end;
}

TreePath::TreePath(const Tree& tree, FindingSink& findings, PageOwners* owners)
    : tree_(tree),
      findings_(findings),
      owners_(owners == nullptr ? &own_owners_ : owners),
      ordinal_(owners_->BeginTree()) {}

bool TreePath::ToFirst() { return Start(Direction::kForward, nullptr); }
bool TreePath::ToLast() { return Start(Direction::kBackward, nullptr); }
bool TreePath::ToKey(Bytes key) { return Start(Direction::kForward, &key); }
bool TreePath::Next() { return Advance(Direction::kForward, nullptr); }
bool TreePath::Prev() { return Advance(Direction::kBackward, nullptr); }

std::vector<uint64_t> TreePath::branches() const {
  std::vector<uint64_t> pages;
  CopyBranches(pages);
  return pages;
}

void TreePath::CopyBranches(std::vector<uint64_t>& pages) const {
  pages.clear();
  for (const Frame& frame : stack_) pages.push_back(frame.page.position);
}

bool TreePath::Start(Direction direction, const Bytes* key) {
  stack_.clear();
  range_ = {};
  const Entered entered =
      tree_.is_inline() ? EnterInline() : Enter(tree_.header.root, {}, kFromRoot);
  if (entered == Entered::kBranch) return Advance(direction, key);
  return entered == Entered::kLeaf;
}

// Goes on from the topmost branch to the next leaf that can be entered. In the frames it enters it
// begins at `key`, if there is one: behind the frame where that leads, it is below all keys.
bool TreePath::Advance(Direction direction, const Bytes* key) {
  while (!stack_.empty()) {
    Frame& frame = stack_.back();
    if (!MoveElement(frame, direction, key)) {
      stack_.pop_back();
      continue;
    }
    const size_t element = frame.element;
    const uint64_t child = BranchChildAt(frame.page, element);
    if (!tree_.file->Has(child)) {
      SkipBeyondFile(frame, direction);
      continue;
    }
    const uint64_t from = 1 + (frame.page.position << 16 | element);
    const KeyRange range = ChildRange(frame, element, element);
    const Entered entered =
        stack_.size() == unread_depth_ ? Pass(child, range, from) : Enter(child, range, from);
    if (entered == Entered::kLeaf) return true;
  }
  return false;
}

bool TreePath::MoveElement(Frame& frame, Direction direction, const Bytes* key) {
  const size_t count = frame.page.header.count;
  if (frame.element == kNoElement) {
    frame.element = direction == Direction::kBackward ? count - 1 : 0;
    if (key != nullptr) frame.element = ElementOfKey(frame.page, *key);
    return true;
  }
  if (direction == Direction::kForward) return ++frame.element < count;
  return frame.element-- > 0;
}

// The last element whose key is not behind `key`; 0 if there is none.
size_t TreePath::ElementOfKey(const Page& page, Bytes key) {
  for (size_t i = page.header.count; i-- > 1;) {
    const auto element = BranchElementAt(page, i);
    if (element && CompareKeys(element->key, key) <= 0) return i;
  }
  return 0;
}

TreePath::Entered TreePath::EnterInline() {
  const Bytes bytes = tree_.header.inline_page;
  PageRead read{.page = {.header = DecodePageHeader(bytes), .bytes = bytes}};
  if (!read.page.is_leaf()) {
    read.fault = PageFault::kWrongType;
  } else if (!read.page.HasItsElements()) {
    read.fault = PageFault::kTooManyElements;
  }
  if (read.fault != PageFault::kNone) {
    Report(kBadPage, tree_.file->OffsetOf(bytes.data()), {}, "its page " + PageFaultText(read),
           KeyRange{});
    return Entered::kNothing;
  }
  leaf_ = read.page;
  return Entered::kLeaf;
}

TreePath::Entered TreePath::Enter(uint64_t id, const KeyRange& range, uint64_t from) {
  const PageRead read = tree_.file->Read(id);
  const uint64_t at = id * tree_.file->page_size();
  if (read.fault == PageFault::kBeyondFile) {
    Report(kBadPage, std::nullopt, {id}, PageFaultText(read), range);
    return Entered::kNothing;
  }
  if (!Own(id, range, from)) return Entered::kNothing;
  if (read.fault != PageFault::kNone) {
    Report(kBadPage, at, {id}, PageFaultText(read), range);
    return Entered::kNothing;
  }
  if (read.cut_off) {
    Report(kBadPage, at, {id}, CutOffText(read), std::nullopt);
  }
  if (read.page.is_leaf()) {
    leaf_ = read.page;
    range_ = range;
    return Entered::kLeaf;
  }
  if (read.page.header.count == 0) {
    Report(kBadPage, at, {id}, "is a branch without elements", range);
    return Entered::kNothing;
  }
  stack_.push_back({.page = read.page, .range = range});
  CheckBranch(stack_.back());
  return Entered::kBranch;
}

// A page that is a leaf if the tree is sound, without a look at it.
TreePath::Entered TreePath::Pass(uint64_t id, const KeyRange& range, uint64_t from) {
  if (!Own(id, range, from)) return Entered::kNothing;
  leaf_ = {.header = {}, .position = id, .bytes = {}};
  range_ = range;
  return Entered::kLeaf;
}

// Between the separators around the elements `first` to `last`, as far as they can be read.
KeyRange TreePath::ChildRange(const Frame& frame, size_t first, size_t last) {
  KeyRange range = frame.range;
  if (const auto element = BranchElementAt(frame.page, first)) range.lower = element->key;
  if (last + 1 < frame.page.header.count) {
    if (const auto next = BranchElementAt(frame.page, last + 1)) range.upper = next->key;
  }
  return range;
}

// tx_check.go, verifyKeyOrder. One finding of a kind per page.
void TreePath::CheckBranch(const Frame& frame) {
  const Page& page = frame.page;
  const auto report_at = [&](FindingKind kind, size_t i, const std::string& what) {
    const uint64_t at = page.position * tree_.file->page_size() + kPageHeaderBytes;
    Report(kind, at + i * kElementBytes, {}, what, std::nullopt);
  };
  const auto report = [&](FindingKind kind, size_t i, const std::string& what) {
    report_at(kind, i, "element " + std::to_string(i) + " " + what);
  };
  Bytes previous = frame.range.lower;
  // Where the next key begins as bbolt packs them (node.go, write); null: not known.
  const uint8_t* expected =
      page.bytes.data() + kPageHeaderBytes + size_t{page.header.count} * kElementBytes;
  for (size_t i = 0; i < page.header.count; ++i) {
    const auto element = BranchElementAt(page, i);
    if (!element) {
      const size_t first = i;
      while (i + 1 < page.header.count && !BranchElementAt(page, i + 1)) ++i;
      report_at(kBadElement, first, ElementsText(first, i) + " outside of the page");
      expected = nullptr;
      continue;
    }
    if (expected != nullptr && element->key.data() != expected) {
      report(kBadElement, i,
             i == 0 ? "does not begin right behind the elements: the page may count too few or "
                      "too many of them"
                    : "does not begin where the one before ends");
    }
    expected = element->key.data() + element->key.size();
    const int order = CompareKeys(previous, element->key);
    if (order > 0 || (order == 0 && i > 0)) {
      report(kKeyOrder, i, "has a key that is not behind the one before");
      return;
    }
    if (!frame.range.upper.empty() && CompareKeys(element->key, frame.range.upper) >= 0) {
      report(kKeyOrder, i, "has a key that belongs to the next branch");
      return;
    }
    previous = element->key;
  }
}

// Takes all neighbours whose pages are beyond the end of the file, too, as one loss.
void TreePath::SkipBeyondFile(Frame& frame, Direction direction) {
  const auto is_missing = [&](size_t element) {
    return !tree_.file->Has(BranchChildAt(frame.page, element));
  };
  size_t first = frame.element;
  size_t last = frame.element;
  while (first > 0 && is_missing(first - 1)) --first;
  while (last + 1 < frame.page.header.count && is_missing(last + 1)) ++last;
  const uint64_t at = frame.page.position * tree_.file->page_size() + kPageHeaderBytes;
  const std::string what =
      first == last ? "child page " + std::to_string(BranchChildAt(frame.page, first)) + " lies"
                    : std::to_string(last - first + 1) + " child pages (elements " +
                          std::to_string(first) + " to " + std::to_string(last) + ") lie";
  Report(kBadPage, at + first * kElementBytes, {}, what + " beyond the end of the file",
         ChildRange(frame, first, last));
  frame.element = direction == Direction::kForward ? last : first;
}

bool TreePath::Own(uint64_t id, const KeyRange& range, uint64_t from) {
  const uint64_t at = id * tree_.file->page_size();
  switch (owners_->Own(id, from, ordinal_, tree_.file->page_count())) {
    case PageOwners::Answer::kOwned: return true;
    case PageOwners::Answer::kTakenHere:
      Report(kPageReused, at, {id}, "is entered a second time", range);
      return false;
    case PageOwners::Answer::kTakenByOther:
      Report(kPageShared, at, {id}, "belongs to another bucket, too", std::nullopt);
      return false;
  }
  return false;
}

void TreePath::Report(FindingKind kind, std::optional<uint64_t> at, std::vector<uint64_t> page,
                      std::string what, const std::optional<KeyRange>& lost) {
  if (reported_.size() >= kMaxReported || !reported_.emplace(at.value_or(0), kind.id).second)
    return;
  std::vector<uint64_t> pages = branches();
  pages.insert(pages.end(), page.begin(), page.end());
  Finding finding{.kind = kind,
                  .file = tree_.file->path(),
                  .offset = at,
                  .what = PlaceText(tree_, pages) + std::move(what)};
  if (lost) finding.consequence = KeyRangeText(*lost) + " cannot be read here";
  findings_.Report(std::move(finding));
}

}  // namespace etcdf::bolt
