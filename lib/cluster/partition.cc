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

std::vector<Class> FormClasses(const Relations& relations, std::span<const uint64_t> reach) {
  std::vector<size_t> order(reach.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, std::greater(), [&](size_t member) { return reach[member]; });
  std::vector<Class> classes;
  for (const size_t member : order) {
    Class* home = nullptr;
    size_t homes = 0;
    for (Class& candidate : classes) {
      if (AnyIs(relations, member, candidate, Relation::kDifferent) ||
          !AnyIs(relations, member, candidate, Relation::kSame)) {
        continue;
      }
      home = &candidate;
      ++homes;
    }
    // Who is the same as two classes that differ has not come to where they part.
    if (homes == 1) {
      home->push_back(member);
    } else {
      classes.push_back({member});
    }
  }
  return classes;
}

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
  Partition result{.classes = FormClasses(relations, reach)};
  for (Class& members : result.classes) std::ranges::sort(members);
  std::ranges::sort(result.classes, [](const Class& a, const Class& b) {
    return a.size() != b.size() ? a.size() > b.size() : a.front() < b.front();
  });
  result.unplaced = Unplaced(relations, reach, result.classes);
  FindMajority(relations, nodes, result);
  return result;
}

}  // namespace etcdf::cluster
