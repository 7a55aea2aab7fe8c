#include "salvage/outlook.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "bolt/database.h"
#include "mvcc/row_check.h"
#include "mvcc/schema.h"
#include "mvcc/status.h"

namespace etcdf::salvage {

const char* StandingName(Standing standing) {
  switch (standing) {
    case Standing::kStored: return "stored";
    case Standing::kLost: return "lost";
    case Standing::kLater: return "later";
    case Standing::kCompacted: return "compacted";
    case Standing::kUnknown: return "unknown";
  }
  return "";
}

Standing Outlook::Of(const FoundRow& row) const {
  if (row.is_past) return Standing::kCompacted;
  if (row.origin == Origin::kReachable) return Standing::kStored;
  if (row.origin == Origin::kWal) {
    return consistent_index && row.place > *consistent_index ? Standing::kLater : Standing::kLost;
  }
  const int64_t main = row.at.revision.main;
  if (is_whole && main > revision) return Standing::kLater;
  if (has_tree && main > compact_revision) return Standing::kLost;
  return is_whole ? Standing::kCompacted : Standing::kUnknown;
}

Outlook LookInto(const bolt::File& file, FindingSink& findings) {
  FindingList met;
  const auto database = bolt::Database::Open(file, std::nullopt, met);
  const auto bucket = database ? (*database)->Open(AsBytes(mvcc::kKeyBucket)) : nullptr;
  Outlook outlook;
  if (bucket) {
    mvcc::CheckRows({.database = **database, .file = file.path(), .findings = met});
    FindingList of_status;  // of other buckets
    const mvcc::Status status =
        mvcc::ReadStatus({.database = **database, .file = file.path(), .findings = of_status});
    outlook = {.has_tree = true,
               .is_whole = !met.worst() && !of_status.worst() && file.chosen_meta().has_value() &&
                           status.revision >= status.CompactRevision(),
               .compact_revision = status.CompactRevision(),
               .revision = status.revision,
               .consistent_index = status.consistent_index};
  }
  for (const Finding& finding : met.findings()) findings.Report(finding);
  return outlook;
}

std::vector<FoundRow> NewestOfEachKey(const Recovered& content, const std::vector<FoundRow>& rows) {
  std::unordered_map<std::string_view, size_t> newest;
  for (size_t i = 0; i < rows.size(); ++i) newest[AsText(content.Content(rows[i]).kv.key)] = i;
  std::vector<size_t> places;
  places.reserve(newest.size());
  for (const auto& [key, place] : newest) places.push_back(place);
  std::ranges::sort(places);
  std::vector<FoundRow> chosen;
  chosen.reserve(places.size());
  for (const size_t place : places) chosen.push_back(rows[place]);
  return chosen;
}

MissingRevisions FindMissing(int64_t compacted, const std::vector<FoundRow>& rows) {
  MissingRevisions missing;
  int64_t before = std::max<int64_t>(compacted, 0);  // 0: none seen yet
  for (const FoundRow& row : rows) {
    const int64_t main = row.at.revision.main;
    if (main <= compacted) continue;
    if (before > 0 && main - before > 1) {
      if (missing.count == 0) missing.first = before + 1;
      missing.count += static_cast<uint64_t>(main - before - 1);
    }
    before = main;
  }
  return missing;
}

}  // namespace etcdf::salvage
