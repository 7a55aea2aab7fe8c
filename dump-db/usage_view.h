// How space and churn print what they measured.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dump-db/verbs.h"
#include "mvcc/usage.h"

namespace etcdf::dump_db {

// A column of figures: as a title of the table and as a name in JSON and CSV.
struct UsageColumn {
  std::string_view title;
  std::string_view name;
  uint64_t (*figure)(const mvcc::Usage&);
};

// A row for each group, then one for the groups not shown, if any, and one for all. Every view ends
// with the largest value and its key. Groups count what could be read of them; unless that
// `is_whole`, the row for all has no figures.
void PrintUsage(const VerbContext& context, const mvcc::UsageReport& report, bool is_whole,
                const std::vector<UsageColumn>& columns);

}  // namespace etcdf::dump_db
