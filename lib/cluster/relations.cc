#include "cluster/relations.h"

#include <algorithm>

namespace etcdf::cluster {

void Relations::Set(size_t a, size_t b, Relation relation) {
  if (relation == Relation::kUnknown || Of(a, b) == Relation::kDifferent) return;
  of_[a * members_ + b] = relation;
  of_[b * members_ + a] = relation;
}

bool Relations::AnyDifferent() const {
  return std::ranges::find(of_, Relation::kDifferent) != of_.end();
}

bool Relations::AllKnown() const {
  for (size_t b = 0; b < members_; ++b) {
    for (size_t a = 0; a < b; ++a) {
      if (Of(a, b) == Relation::kUnknown) return false;
    }
  }
  return true;
}

bool Relations::AllLinked() const {
  if (members_ == 0) return false;
  std::vector<size_t> reached = {0};
  std::vector<bool> seen(members_);
  seen[0] = true;
  for (size_t i = 0; i < reached.size(); ++i) {
    for (size_t other = 0; other < members_; ++other) {
      if (seen[other] || Of(reached[i], other) != Relation::kSame) continue;
      seen[other] = true;
      reached.push_back(other);
    }
  }
  return reached.size() == members_;
}

}  // namespace etcdf::cluster
