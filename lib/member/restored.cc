#include "member/restored.h"

#include <algorithm>

#include "wal/log_head.h"

namespace etcdf::member {

bool HasMoreThanItsLog(const DatabaseCount& database) {
  return database.revision > 1 && static_cast<uint64_t>(database.revision) - 1 > database.applied;
}

bool MayPredateRestore(const Membership& conf_state, const Membership& buckets,
                       const DatabaseCount& database, const wal::Log* log) {
  const bool has_common = std::ranges::any_of(
      conf_state, [&](const auto& member) { return buckets.contains(member.first); });
  if (!has_common) return true;
  const wal::LogHead head = log == nullptr ? wal::LogHead{} : wal::ReadLogHead(*log);
  const bool restored = head.kind == wal::LogHead::Kind::kRestore ||
                        (head.kind == wal::LogHead::Kind::kUnknown && HasMoreThanItsLog(database));
  if (!restored || log == nullptr) return restored;
  Membership changed;
  ApplyLog(*log, {.after = head.additions, .until = database.applied}, changed);
  return changed.empty();
}

}  // namespace etcdf::member
