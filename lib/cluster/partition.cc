#include "cluster/partition.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>

namespace etcdf::cluster {
namespace {

using Class = std::vector<size_t>;

bool AnyIs(const Relations& relations, size_t member, const Class& others, Relation relation) {
  return std::ranges::any_of(others,
                             [&](size_t other) { return relations.Of(member, other) == relation; });
}

bool AreApart(const Relations& relations, const Class& a, const Class& b) {
  return std::ranges::any_of(
      a, [&](size_t member) { return AnyIs(relations, member, b, Relation::kDifferent); });
}

// Joins each member to a class that it is known to be the same as, those first that have come
// furthest.
class Classifier {
 public:
  Classifier(const Relations& relations, std::span<const uint64_t> reach)
      : relations_(relations), order_(reach.size()) {
    std::iota(order_.begin(), order_.end(), size_t{0});
    std::ranges::stable_sort(order_, std::greater(), [&](size_t member) { return reach[member]; });
  }

  std::vector<Class> Run() {
    std::vector<size_t> open;
    for (const size_t member : order_) {
      std::vector<Class*> homes;
      for (Class& candidate : classes_) {
        if (IsHome(member, candidate)) homes.push_back(&candidate);
      }
      if (AnyApart(homes)) {
        open.push_back(member);
      } else if (homes.empty()) {
        classes_.push_back({member});
      } else {
        homes.front()->push_back(member);
      }
    }
    return JoinOpen(open);
  }

 private:
  bool IsHome(size_t member, const Class& candidate) const {
    return !AnyIs(relations_, member, candidate, Relation::kDifferent) &&
           AnyIs(relations_, member, candidate, Relation::kSame);
  }

  bool AnyApart(const std::vector<Class*>& homes) const {
    for (const Class* a : homes) {
      for (const Class* b : homes) {
        if (AreApart(relations_, *a, *b)) return true;
      }
    }
    return false;
  }

  // Who is the same as two classes that differ has not come to where they part. Of such members
  // those are together that may be of the same classes.
  std::vector<Class> JoinOpen(const std::vector<size_t>& open) {
    const size_t settled = classes_.size();
    for (const size_t member : open) {
      const auto together = std::find_if(classes_.begin() + static_cast<ptrdiff_t>(settled),
                                         classes_.end(), [&](const Class& others) {
                                           return IsHome(member, others) &&
                                                  HaveSameHomes(member, others.front(), settled);
                                         });
      if (together == classes_.end()) {
        classes_.push_back({member});
      } else {
        together->push_back(member);
      }
    }
    return std::move(classes_);
  }

  bool HaveSameHomes(size_t a, size_t b, size_t settled) const {
    return std::all_of(classes_.begin(), classes_.begin() + static_cast<ptrdiff_t>(settled),
                       [&](const Class& others) { return IsHome(a, others) == IsHome(b, others); });
  }

  const Relations& relations_;
  std::vector<size_t> order_;
  std::vector<Class> classes_;
};

// Of two classes that are not known to differ, the members of the one that has come less far.
std::vector<size_t> Unplaced(const Relations& relations, std::span<const uint64_t> reach,
                             const std::vector<Class>& classes) {
  const auto reach_of = [&](const Class& members) {
    return std::ranges::max(members, {}, [&](size_t member) { return reach[member]; });
  };
  std::set<size_t> unplaced;
  for (size_t i = 0; i < classes.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (AreApart(relations, classes[i], classes[j])) continue;
      const bool later = reach[reach_of(classes[i])] <= reach[reach_of(classes[j])];
      const Class& less = later ? classes[i] : classes[j];
      unplaced.insert(less.begin(), less.end());
    }
  }
  return {unplaced.begin(), unplaced.end()};
}

void FindMajority(const Relations& relations, const compare::Nodes& nodes, Partition& result) {
  std::vector<int> class_of(relations.members());
  for (size_t i = 0; i < result.classes.size(); ++i) {
    for (const size_t member : result.classes[i]) class_of[member] = static_cast<int>(i);
  }
  const auto majority = nodes.MajorityOf(class_of);
  if (!majority) return;
  result.has_majority = true;
  std::rotate(result.classes.begin(), result.classes.begin() + *majority,
              result.classes.begin() + *majority + 1);
  const Class& those = result.classes.front();
  for (size_t member = 0; member < relations.members(); ++member) {
    if (std::ranges::find(those, member) == those.end() &&
        AnyIs(relations, member, those, Relation::kDifferent)) {
      result.minority.push_back(member);
    }
  }
}

}  // namespace

size_t Partition::ClassOf(size_t member) const {
  const auto found = std::ranges::find_if(classes, [member](const Class& members) {
    return std::ranges::find(members, member) != members.end();
  });
  return static_cast<size_t>(found - classes.begin());
}

Partition MakePartition(const Relations& relations, std::span<const uint64_t> reach,
                        const compare::Nodes& nodes) {
  Partition result{.classes = Classifier(relations, reach).Run()};
  for (Class& members : result.classes) std::ranges::sort(members);
  std::ranges::sort(result.classes, [](const Class& a, const Class& b) {
    return a.size() != b.size() ? a.size() > b.size() : a.front() < b.front();
  });
  result.unplaced = Unplaced(relations, reach, result.classes);
  FindMajority(relations, nodes, result);
  return result;
}

}  // namespace etcdf::cluster
