#include "restore/backup.h"

#include "cluster/across_restore.h"

namespace etcdf::restore {

using cluster::Member;

std::optional<FromBackup> FindBackup(const Member& member, const Origin& origin,
                                     const std::vector<std::unique_ptr<Member>>& members,
                                     const cluster::Comparison& comparison) {
  if (!origin.is_restore() || !origin.revision || !origin.applied_since) return std::nullopt;
  const bool is_bumped = origin.kind == OriginKind::kBumpedRestore;
  const int64_t begun = is_bumped ? origin.bumped_from : *origin.revision;
  for (const auto& other : members) {
    if (other->log || !other->has_database() || other->status.revision != begun) continue;
    if (!cluster::IsAcrossRestore(member, *other)) continue;
    if (comparison.StatesOf(member, *other) != cluster::Relation::kSame) continue;
    return FromBackup{
        .backup = other.get(), .revision = begun, .entries_since = *origin.applied_since};
  }
  return std::nullopt;
}

}  // namespace etcdf::restore
