// What etcd cut off the log's end when it repaired it.
//
// Where the last segment ends within a record, etcd copies it to NAME.wal.broken and cuts it off
// behind the last record that is whole (etcd v3.6.9, server/storage/wal/repair.go). By that rule a
// copy holds nothing that the segment does not; where it does, the segment was cut by other hands,
// or entries that had been written were taken for torn.
#pragma once

#include "base/finding.h"
#include "io/data_dir.h"
#include "wal/log.h"

namespace etcdf::member {

inline constexpr FindingKind kBrokenSegment{"wal.broken_segment", Severity::kNote};
inline constexpr FindingKind kBrokenHoldsMore{"wal.broken_holds_more", Severity::kSuspect};

// Reads the .wal.broken files of `dir`, and holds their entries against those of `log`, which has
// been scanned. Reports kBrokenSegment, kBrokenHoldsMore and io::kUnreadable.
void CheckBrokenSegments(const wal::Log& log, const io::DataDir& dir, FindingSink& findings);

}  // namespace etcdf::member
