// The backup that a member was restored from, among the files at hand.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "cluster/comparison.h"
#include "cluster/member.h"
#include "restore/origin.h"

namespace etcdf::restore {

struct FromBackup {
  const cluster::Member* backup = nullptr;
  int64_t revision = 0;        // of the backup: up to it, the member is the same
  uint64_t entries_since = 0;  // that the member applied since
};

// Nothing where none of the databases is known to be the same as the member at the revision at
// which it began.
std::optional<FromBackup> FindBackup(const cluster::Member& member, const Origin& origin,
                                     const std::vector<std::unique_ptr<cluster::Member>>& members,
                                     const cluster::Comparison& comparison);

}  // namespace etcdf::restore
