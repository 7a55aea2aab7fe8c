#include "salvage/page_rows.h"

#include <algorithm>

namespace etcdf::salvage {

std::span<const FoundRow> PageRows::Above(int64_t after, int64_t until) const {
  const auto main_of = [](const FoundRow& row) { return row.at.revision.main; };
  const auto first = std::ranges::upper_bound(rows_, after, {}, main_of);
  const auto end = std::ranges::upper_bound(first, rows_.end(), until, {}, main_of);
  return {first, end};
}

}  // namespace etcdf::salvage
