#include "salvage/page_rows.h"

#include <algorithm>

namespace etcdf::salvage {

namespace {

int64_t MainOf(const FoundRow& row) { return row.at.revision.main; }

}  // namespace

std::span<const FoundRow> PageRows::At(int64_t main) const {
  const auto rows = std::ranges::equal_range(rows_, main, {}, MainOf);
  return {rows.begin(), rows.end()};
}

std::span<const FoundRow> PageRows::Above(int64_t after, int64_t until) const {
  const auto first = std::ranges::upper_bound(rows_, after, {}, MainOf);
  const auto end = std::ranges::upper_bound(first, rows_.end(), until, {}, MainOf);
  return {first, end};
}

}  // namespace etcdf::salvage
