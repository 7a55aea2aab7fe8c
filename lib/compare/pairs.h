// A set of pairs of members.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace etcdf::compare {

class Pairs {
 public:
  Pairs() = default;
  explicit Pairs(size_t members) : members_(members), has_(members * members) {}

  size_t members() const { return members_; }
  bool Has(size_t a, size_t b) const { return has_[a * members_ + b]; }
  void Add(size_t a, size_t b) { has_[a * members_ + b] = has_[b * members_ + a] = true; }
  bool empty() const { return std::ranges::find(has_, true) == has_.end(); }

 private:
  size_t members_ = 0;
  std::vector<bool> has_;
};

}  // namespace etcdf::compare
