#include "audit/plan.h"

#include <tuple>
#include <utility>

namespace etcdf::audit {

Plan Plan::With(size_t place, const Edit& edit) const {
  Plan plan = *this;
  const auto at = static_cast<ptrdiff_t>(place);
  plan.script.insert(plan.script.begin() + at, edit);
  plan.others.insert(plan.others.begin() + at, std::vector<Edit>());
  return plan;
}

Plan Plan::Swapped(size_t place, size_t other) const {
  Plan plan = *this;
  std::swap(plan.script[place], plan.others[place][other]);
  return plan;
}

Plan Plan::Without(size_t place) const {
  Plan plan = *this;
  const auto at = static_cast<ptrdiff_t>(place);
  plan.script.erase(plan.script.begin() + at);
  plan.others.erase(plan.others.begin() + at);
  return plan;
}

bool Explanation::IsBetterThan(const Explanation& other) const {
  const auto cost = [](const Explanation& each) {
    return std::tuple(!each.complete(), each.plan.script.size(), each.comparison.rows_different);
  };
  return cost(*this) < cost(other);
}

}  // namespace etcdf::audit
