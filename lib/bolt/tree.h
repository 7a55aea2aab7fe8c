// The way through a bucket's pages, from leaf to leaf.
//
// Iterative, with the branch pages from the root to the present leaf on a stack. A page is entered
// only from the element that led to it first, and never twice at once: so a walk ends, whatever the
// pages say, and every page's rows come out once. What cannot be entered is left out, with a
// finding that names the path and the keys that are lost.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "backend/keys.h"
#include "base/finding.h"
#include "bolt/file.h"
#include "bolt/page.h"

namespace etcdf::bolt {

using backend::KeyRange;
using backend::KeyRangeText;

// A bucket's tree in a file.
struct Tree {
  const File* file = nullptr;
  std::string name;  // for messages: "key"; nested "outer/inner"; empty: the root bucket
  Bytes key = {};    // of its row
  BucketHeader header;

  bool is_inline() const { return header.root == 0; }
  bool is_root() const { return name.empty() && key.empty(); }
};

// "bucket key, page 2 -> 37: ".
std::string PlaceText(const Tree& tree, const std::vector<uint64_t>& pages);

// Which element led to a page first, for one tree or for all of a file.
class PageOwners {
 public:
  enum class Answer : uint8_t { kOwned, kTakenHere, kTakenByOther };

  // What `Own` is to be told for another tree than before.
  uint32_t BeginTree() { return ++trees_; }
  // Makes `from` the owner of page `id`, one of `page_count`, if there is none yet. kOwned: it is
  // the owner. Else another element is, of the same tree or another.
  Answer Own(uint64_t id, uint64_t from, uint32_t tree, uint64_t page_count);
  // The first page behind `id` and before `end` that has an owner; `end` if there is none, or the
  // end of the file.
  uint64_t NextOwned(uint64_t id, uint64_t end) const;

 private:
  struct Owner {
    uint64_t from = 0;  // 0: nobody yet
    uint32_t tree = 0;
  };
  // Blocks of owners, null while they own nothing: a file may have many small trees, and each is
  // walked with owners of its own.
  static constexpr uint64_t kBlockPages = 512;
  using Block = std::array<Owner, kBlockPages>;

  std::vector<std::unique_ptr<Block>> blocks_;
  uint32_t trees_ = 0;
};

class TreePath {
 public:
  // All outlive the path. `owners`: pages that other trees own are not entered.
  TreePath(const Tree& tree, FindingSink& findings, PageOwners* owners = nullptr);

  // Each moves, and tells whether there is a leaf there. After a false, only the first three have a
  // meaning. ToKey: to the leaf in whose range `key` is, or the next one that can be read.
  bool ToFirst();
  bool ToLast();
  bool ToKey(Bytes key);
  bool Next();
  bool Prev();

  const Page& leaf() const { return leaf_; }
  // What the branch pages say of the leaf's keys.
  const KeyRange& range() const { return range_; }
  // The branch pages from the root to the leaf.
  std::vector<uint64_t> branches() const;
  void CopyBranches(std::vector<uint64_t>& pages) const;

  // From here on, does not look at the leaves it passes: leaf() is then a position only, of a page
  // that may yet turn out to be no leaf. In a bbolt file all leaves are as deep as the present one
  // (a tree grows and shrinks at its root only), and not to touch them saves most of the time.
  void PassLeavesUnread() { unread_depth_ = stack_.size(); }

 private:
  static constexpr size_t kNoElement = ~size_t{0};
  static constexpr uint64_t kFromRoot = ~uint64_t{0};  // what leads to the root page

  struct Frame {
    Page page;
    KeyRange range;
    size_t element = kNoElement;  // the one whose child was entered last
  };
  enum class Direction : uint8_t { kForward, kBackward };
  enum class Entered : uint8_t { kBranch, kLeaf, kNothing };

  bool Start(Direction direction, const Bytes* key);
  bool Advance(Direction direction, const Bytes* key);
  static bool MoveElement(Frame& frame, Direction direction, const Bytes* key);
  static size_t ElementOfKey(const Page& page, Bytes key);
  Entered EnterInline();
  Entered Enter(uint64_t id, const KeyRange& range, uint64_t from);
  Entered Pass(uint64_t id, const KeyRange& range, uint64_t from);
  static KeyRange ChildRange(const Frame& frame, size_t first, size_t last);
  void CheckBranch(const Frame& frame);
  void SkipBeyondFile(Frame& frame, Direction direction);
  bool Own(uint64_t id, const KeyRange& range, uint64_t from);
  // `page`: below the present branch, or empty; `lost`: the rows, if any are.
  void Report(FindingKind kind, std::optional<uint64_t> at, std::vector<uint64_t> page,
              std::string what, const std::optional<KeyRange>& lost);

  const Tree& tree_;
  FindingSink& findings_;
  std::vector<Frame> stack_;
  size_t unread_depth_ = 0;  // of the stack, above leaves that are passed unread; 0: none are
  Page leaf_;
  KeyRange range_;
  PageOwners own_owners_;
  PageOwners* owners_;  // the above, or those of a whole file
  uint32_t ordinal_;    // of this tree among the owners
  // What has been reported: offset in the file and id. A path that moves to and fro says it once.
  std::set<std::pair<uint64_t, std::string_view>> reported_;
};

}  // namespace etcdf::bolt
