#include "mvcc/migration.h"

namespace etcdf::mvcc {

bool MayBeMigrated(const RowFacts& row) {
  return row.is_put && row.revision.sub == 0 && row.version == 1 && row.lease == 0;
}

bool IsOfMigration(const RowFacts& row) {
  return MayBeMigrated(row) && row.create_revision >= 1 && row.create_revision < row.revision.main;
}

void MigrationRun::Add(const RowFacts& row) {
  if (!first_) first_ = row.revision.main;
  if (ended_) return;
  if (!MayBeMigrated(row)) {
    ended_ = true;
    return;
  }
  last_ = row.revision.main;
  is_certain_ = is_certain_ || IsOfMigration(row);
}

void MigrationRun::Append(const MigrationRun& next) {
  if (!first_) first_ = next.first_;
  if (ended_) return;
  if (next.last_) last_ = next.last_;
  is_certain_ = is_certain_ || next.is_certain_;
  ended_ = next.ended_;
}

// A v2 store counts its members before the first key, so that a store which still has all of its
// rows does not begin with the first revision that etcd gives.
std::optional<int64_t> MigrationRun::Last(bool was_compacted) const {
  constexpr int64_t kFirstOfEtcd = 2;
  if (!is_certain_ || (!was_compacted && *first_ <= kFirstOfEtcd)) return std::nullopt;
  return last_;
}

}  // namespace etcdf::mvcc
