// What is left of a database of which rows are missing, be it that pages cannot be read or that
// others took their place: no search tells what happened to rows that are not there, but the log
// tells which they were.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "apply/compare.h"
#include "apply/member_store.h"
#include "apply/stored_row.h"
#include "replay/stored_rows.h"

namespace etcdf::audit {

// Rows that follow each other in a store, and none of which is stored.
struct MissingRows {
  static constexpr size_t kKeptMax = 16;

  int64_t revision_first = 0;
  int64_t revision_last = 0;
  uint64_t count = 0;
  std::vector<apply::StoredRow> first = {};  // at most kKeptMax
};

struct Remains {
  // Of stretches and of strays.
  static constexpr size_t kKeptMax = 40;

  apply::Comparison comparison = {};  // of the rows that are there
  std::vector<MissingRows> missing;   // ascending, the first kKeptMax
  uint64_t stretches = 0;             // of missing rows, those that are not kept included
  uint64_t rows_missing = 0;
  // Stored at revisions that the store has not come to: rows whose key is damaged, or that the log
  // does not tell of. At most kKeptMax; more of them are differences.
  std::vector<apply::StoredRow> strays = {};
};

// The rows of the store, once its compactions are done, held against those stored. Differences for
// which `is_known` returns true count for nothing. Rows that differ are told by their keys, as
// apply::CompareKeys does, which holds the bucket against the store in the order of its tree.
Remains CompareWithRows(const apply::MemberStore& store, const replay::StoredRows& rows,
                        const std::function<bool(const apply::Difference&)>& is_known);

}  // namespace etcdf::audit
