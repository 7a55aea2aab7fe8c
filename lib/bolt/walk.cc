#include "bolt/walk.h"

#include <algorithm>
#include <array>

#include "bolt/findings.h"
#include "bolt/rows.h"

namespace etcdf::bolt {
namespace {

// Passes on what a reader of one top-level bucket cannot see.
class SharedPagesOnly : public FindingSink {
 public:
  explicit SharedPagesOnly(FindingSink& next) : next_(next) {}
  void Report(Finding finding) override {
    if (finding.kind.id == kPageShared.id) next_.Report(std::move(finding));
  }

 private:
  FindingSink& next_;
};

class Walk {
 public:
  Walk(const Database& database, FindingSink& findings,
       const std::function<void(const PageVisit&)>& visit)
      : database_(database), findings_(findings), shared_only_(findings), visit_(visit) {}

  void Run() {
    trees_.push_back({.tree = database_.root()});
    for (const Tree& bucket : database_.buckets()) trees_.push_back({.tree = bucket});
    top_level_ = trees_.size();
    for (size_t i = 0; i < trees_.size(); ++i) VisitTree(i);
  }

 private:
  struct Node {
    Tree tree;
    size_t parent = 0;
  };

  void VisitTree(size_t ordinal) {
    const Tree tree = trees_[ordinal].tree;
    const bool nested = ordinal >= top_level_;
    FindingSink& sink = nested ? findings_ : shared_only_;
    TreePath path(tree, sink, &owners_);
    RowReader reader(tree, sink);
    std::vector<uint64_t> seen;
    std::vector<uint64_t> branches;
    for (bool more = path.ToFirst(); more; more = path.Next()) {
      path.CopyBranches(branches);
      VisitNewBranches(ordinal, tree, seen, branches);
      Visit(ordinal, tree, path.leaf(), branches);
      if (nested) {
        reader.Open({.page = path.leaf(), .range = path.range(), .branches = &branches});
        ReadThrough(reader);
      }
      if (ordinal > 0) AddNested(ordinal, tree, path.leaf());
      std::swap(seen, branches);
    }
  }

  // A path enters each page once: where it differs from the one before, it is new.
  void VisitNewBranches(size_t ordinal, const Tree& tree, const std::vector<uint64_t>& seen,
                        const std::vector<uint64_t>& branches) {
    const auto common = std::ranges::mismatch(seen, branches).in2;
    for (auto at = common; at != branches.end(); ++at) {
      const auto page = tree.file->PageAt(*at);
      if (page) Visit(ordinal, tree, *page, {branches.begin(), at});
    }
  }

  void Visit(size_t ordinal, const Tree& tree, const Page& page,
             const std::vector<uint64_t>& branches) {
    visit_({.tree = tree,
            .tree_ordinal = ordinal,
            .parent_ordinal = trees_[ordinal].parent,
            .page = page,
            .branches = branches});
  }

  static void ReadThrough(RowReader& reader) {
    std::array<backend::Row, 64> rows;
    while (reader.Next(rows) != 0) {
    }
  }

  void AddNested(size_t ordinal, const Tree& tree, const Page& leaf) {
    for (Tree& nested : NestedBuckets(tree, leaf, findings_)) {
      trees_.push_back({.tree = std::move(nested), .parent = ordinal});
    }
  }

  const Database& database_;
  FindingSink& findings_;
  SharedPagesOnly shared_only_;
  const std::function<void(const PageVisit&)>& visit_;
  PageOwners owners_;
  std::vector<Node> trees_;
  size_t top_level_ = 0;
};

}  // namespace

void ForEachPage(const Database& database, FindingSink& findings,
                 const std::function<void(const PageVisit&)>& visit) {
  Walk(database, findings, visit).Run();
}

}  // namespace etcdf::bolt
