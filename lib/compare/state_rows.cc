#include "compare/state_rows.h"

#include <algorithm>

#include "mvcc/live_rows.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/schema.h"

namespace etcdf::compare {

bool StateRows::Holds(mvcc::Revision revision) {
  if (!found_) Find();
  return std::ranges::binary_search(rows_, revision);
}

void StateRows::Find() {
  found_ = true;
  const auto bucket = store_.database.Open(AsBytes(mvcc::kKeyBucket));
  if (bucket == nullptr) return;
  mvcc::UnheardFindings unheard;  // the comparison itself reports what is damaged
  const mvcc::Store quiet{.database = store_.database, .file = store_.file, .findings = unheard};
  const mvcc::LiveRows live = mvcc::FindLiveRows(quiet, revision_);
  std::vector<std::vector<mvcc::Revision>> by_part(mvcc::kMaxParts);
  mvcc::ForEachPart(*bucket, unheard, [&](mvcc::PartScan& part) {
    uint64_t index = 0;
    for (auto rows = part.Next(); !rows.empty(); rows = part.Next()) {
      for (const backend::Row& row : rows) {
        if (!live.Holds(part.ordinal(), index++)) continue;
        if (const auto at = mvcc::ParseRowKey(row.key)) {
          by_part[part.ordinal()].push_back(at->revision);
        }
      }
    }
  });
  rows_.reserve(live.count());
  for (auto& part : by_part) {
    rows_.insert(rows_.end(), part.begin(), part.end());
    part = {};
  }
  std::ranges::sort(rows_);
}

}  // namespace etcdf::compare
