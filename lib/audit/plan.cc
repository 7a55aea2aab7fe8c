#include "audit/plan.h"

#include <algorithm>
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

Script Plan::ScriptWith(size_t place, const Edit& edit) const {
  Script with = script;
  with.insert(with.begin() + static_cast<ptrdiff_t>(place), edit);
  return with;
}

Script Plan::ScriptSwapped(size_t place, size_t other) const {
  Script swapped = script;
  swapped[place] = others[place][other];
  return swapped;
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

void Plan::NameShifts(std::span<const std::string_view> keys) {
  constexpr size_t kOthersMax = 1024;
  for (size_t at = 0; at < script.size(); ++at) {
    std::vector<Edit> nameless = others[at];
    nameless.push_back(script[at]);
    std::erase_if(nameless, [](const Edit& edit) {
      return edit.kind != EditKind::kShift || !edit.key.empty();
    });
    for (const std::string_view key : keys) {
      for (Edit named : nameless) {
        if (others[at].size() == kOthersMax) break;
        named.key = key;
        const bool is_new = std::ranges::find(others[at], named) == others[at].end();
        if (is_new) others[at].push_back(named);
      }
    }
  }
}

bool Explanation::IsBetterThan(const Explanation& other) const {
  const auto cost = [](const Explanation& each) {
    return std::tuple(!each.complete(), each.anomalies(), each.remains.comparison.rows_different,
                      each.remains.rows_missing);
  };
  return cost(*this) < cost(other);
}

}  // namespace etcdf::audit
