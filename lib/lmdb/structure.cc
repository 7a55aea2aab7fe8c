#include "lmdb/structure.h"

#include <algorithm>
#include <map>
#include <utility>

#include "backend/damage_watch.h"
#include "backend/keys.h"
#include "base/counted.h"
#include "base/escape.h"
#include "lmdb/findings.h"

namespace etcdf::lmdb {
namespace {

using backend::KeyRange;

// The pages that one tree or row took belong to no other.
class Explorer {
 public:
  Explorer(const File& file, FindingSink& findings)
      : file_(file), findings_(findings), taken_(file.page_count(), false) {
    std::fill_n(taken_.begin(), std::min<size_t>(2, taken_.size()), true);  // the meta pages
  }

  Structure Run();

 private:
  struct Place {
    uint64_t page;
    KeyRange range;
  };
  using NamedTrees = std::map<std::string, Tree>;

  // The leaves of a tree that have rows; of the main tree the named databases as well.
  NamedDatabase ListLeaves(const Tree& tree, NamedTrees* named);
  void Enter(const Place& place);
  void EnterChildren(const Page& branch, const KeyRange& range);
  void ReportPage(const Place& place, const char* what);
  size_t VisitRows(const Page& leaf, NamedTrees* named);
  Checked<Row> VisitRow(const Page& leaf, size_t i, uint64_t& room, bool is_main);
  void NoteName(const Row& row, const Page& leaf, NamedTrees& named);
  void CheckOrder(const Row& row, const Page& leaf);
  bool Take(uint64_t first, uint64_t count);
  void Report(FindingKind kind, uint64_t page, const std::string& what, std::string consequence);

  const File& file_;
  backend::DamageWatch findings_;
  std::vector<bool> taken_;
  Structure structure_;
  // Of the tree at hand:
  std::string subject_;  // "bucket key"
  std::vector<Place> pending_;
  Bytes previous_key_;
};

Structure Explorer::Run() {
  NamedTrees named;
  subject_ = "the main database";
  structure_.names_are_whole = ListLeaves(file_.main(), &named).is_whole;
  for (const auto& [name, tree] : named) {
    subject_ = "bucket " + Printable(name);
    structure_.databases.push_back(ListLeaves(tree, nullptr));
    structure_.databases.back().name = name;
  }
  std::ranges::sort(structure_.bad_slots);
  return std::move(structure_);
}

NamedDatabase Explorer::ListLeaves(const Tree& tree, NamedTrees* named) {
  std::vector<uint64_t> leaves;
  uint64_t rows = 0;
  previous_key_ = {};
  if (tree.root != Tree::kEmpty) Enter({.page = tree.root, .range = {}});
  while (!pending_.empty()) {
    const Place place = pending_.back();
    pending_.pop_back();
    const auto page = file_.Read(place.page);
    if (!page) {
      ReportPage(place, page.error());
    } else if (!page->is_leaf) {
      EnterChildren(*page, place.range);
    } else if (const size_t usable = VisitRows(*page, named); usable > 0) {
      leaves.push_back(page->number);
      rows += usable;
    }
  }
  if (rows != tree.entries) {
    findings_.Report({.kind = kRowCount,
                      .file = file_.path(),
                      .what = subject_ + " counts " + Counted(tree.entries, "row", "rows") +
                              ", and " + std::to_string(rows) + " can be read",
                      .consequence = rows < tree.entries ? "the others are lost" : ""});
  }
  return {.name = {}, .leaves = std::move(leaves), .is_whole = !findings_.TakeMet()};
}

void Explorer::Enter(const Place& place) {
  if (place.page >= file_.page_count()) {
    ReportPage(place, "is not in the file");
  } else if (!Take(place.page, 1)) {
    ReportPage(place, "is in use for other rows");
  } else {
    pending_.push_back(place);
  }
}

// The first child comes to lie on top.
void Explorer::EnterChildren(const Page& branch, const KeyRange& range) {
  const auto bottom = static_cast<std::ptrdiff_t>(pending_.size());
  KeyRange below = range;
  for (size_t i = 0; i < branch.count; ++i) {
    const auto child = file_.ChildAt(branch, i);
    const auto next = i + 1 < branch.count ? file_.ChildAt(branch, i + 1) : child;
    below.upper = i + 1 == branch.count ? range.upper : next ? next->key : Bytes();
    if (child) {
      Enter({.page = child->page, .range = below});
    } else {
      ReportPage({.page = branch.number, .range = below}, child.error());
    }
    below.lower = below.upper;
  }
  std::reverse(pending_.begin() + bottom, pending_.end());
}

void Explorer::ReportPage(const Place& place, const char* what) {
  Report(kBadPage, place.page, what, KeyRangeText(place.range) + " cannot be read here");
}

// How many rows can be used.
size_t Explorer::VisitRows(const Page& leaf, NamedTrees* named) {
  size_t usable = 0;
  uint64_t room = leaf.bytes.size();
  for (size_t i = 0; i < leaf.count; ++i) {
    const auto row = VisitRow(leaf, i, room, named != nullptr);
    if (row) {
      ++usable;
      CheckOrder(*row, leaf);
      if (named != nullptr) NoteName(*row, leaf, *named);
      continue;
    }
    structure_.bad_slots.push_back(file_.SlotOffset(leaf, i));
    Report(kBadRow, leaf.number, "row " + std::to_string(i) + " " + row.error(),
           previous_key_.empty()
               ? "the row is lost"
               : "a row behind " + backend::ShortKeyText(previous_key_) + " is lost");
  }
  return usable;
}

// `room`: what the rows visited before have left of the page.
Checked<Row> Explorer::VisitRow(const Page& leaf, size_t i, uint64_t& room, bool is_main) {
  const auto wrong = [](const char* what) { return tl::unexpected<const char*>(what); };
  auto row = file_.RowAt(leaf, i);
  if (!row) return row;
  if (row->tree && !is_main) return wrong("is a database within a bucket");
  if (row->node_bytes > room) return wrong("shares its bytes with another");
  if (row->overflow_count > 0 && !Take(row->overflow_first, row->overflow_count)) {
    return wrong("has a value on pages that are in use for others");
  }
  room -= row->node_bytes;
  return row;
}

void Explorer::NoteName(const Row& row, const Page& leaf, NamedTrees& named) {
  const std::string name(AsText(row.key));
  if (!row.tree) {
    Report(kBadRow, leaf.number, "the row " + backend::ShortKeyText(row.key) + " is no bucket",
           "it is not shown; if it was a bucket, its rows are lost");
    return;
  }
  if (row.tree->flags != 0) {
    Report(kBadRow, leaf.number,
           "bucket " + Printable(name) + " says to have duplicate keys or an order of its own",
           "etcd's have not; its rows are shown as they lie");
  }
  if (!named.try_emplace(name, *row.tree).second) {
    Report(kBadRow, leaf.number, "there are two buckets " + Printable(name),
           "the second is not shown");
  }
}

void Explorer::CheckOrder(const Row& row, const Page& leaf) {
  if (!previous_key_.empty() && backend::CompareKeys(previous_key_, row.key) >= 0) {
    Report(kKeyOrder, leaf.number,
           "the key " + backend::ShortKeyText(row.key) + " follows " +
               backend::ShortKeyText(previous_key_),
           "a search for either may miss it; a walk through the bucket shows both");
  }
  previous_key_ = row.key;
}

// `first` and `count` are in the file. What comes before a page that is taken remains taken: so all
// calls together do not look at more pages than there are, whatever rows say.
bool Explorer::Take(uint64_t first, uint64_t count) {
  for (uint64_t i = first; i < first + count; ++i) {
    if (taken_[i]) return false;
    taken_[i] = true;
  }
  return true;
}

void Explorer::Report(FindingKind kind, uint64_t page, const std::string& what,
                      std::string consequence) {
  const bool is_in_file = page < file_.page_count();
  findings_.Report({.kind = kind,
                    .file = file_.path(),
                    .offset = is_in_file ? std::optional(page * file_.page_bytes()) : std::nullopt,
                    .what = subject_ + ", page " + std::to_string(page) + ": " + what,
                    .consequence = std::move(consequence)});
}

}  // namespace

Structure Explore(const File& file, FindingSink& findings) {
  return Explorer(file, findings).Run();
}

}  // namespace etcdf::lmdb
