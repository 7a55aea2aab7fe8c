// The revision of a member's keys as of an entry that it applied before its last one.
//
// Each entry makes at most one revision. Going back through the log and the stored revisions
// together, the rows of a revision tell if the entry made it: the rows of another entry have other
// keys. What was compacted away can be told of puts only, which always make one.
#pragma once

#include <cstdint>
#include <optional>

#include "backend/backend.h"
#include "wal/log.h"

namespace etcdf::replay {

struct AppliedRevision {
  uint64_t applied = 0;
  int64_t revision = 0;
};

// `keys` is the bucket of that name, `now` its member's last entry and revision; `log` has been
// scanned. Nothing where it cannot be told, or `index` is after `now`.
std::optional<int64_t> RevisionAsOf(const wal::Log& log, const backend::Bucket& keys,
                                    const AppliedRevision& now, uint64_t index);

}  // namespace etcdf::replay
