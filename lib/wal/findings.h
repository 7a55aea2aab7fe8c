// What can be odd or wrong in a raft log. docs/findings.md says of each what causes it and what to
// do.
#pragma once

#include "base/finding.h"

namespace etcdf::wal {

// Inside a segment: what the scan meets record by record (segment_reader.h).
inline constexpr FindingKind kTornTail{"wal.torn_tail", Severity::kNote};
inline constexpr FindingKind kCrcMismatch{"wal.crc_mismatch", Severity::kDamage};
inline constexpr FindingKind kBadRecord{"wal.bad_record", Severity::kDamage};
inline constexpr FindingKind kBadLength{"wal.bad_length", Severity::kDamage};
inline constexpr FindingKind kTruncated{"wal.truncated", Severity::kDamage};
inline constexpr FindingKind kZeroedSector{"wal.zeroed_sector", Severity::kDamage};
inline constexpr FindingKind kDataAfterEnd{"wal.data_after_end", Severity::kDamage};
inline constexpr FindingKind kUnknownType{"wal.unknown_record_type", Severity::kDamage};
inline constexpr FindingKind kBadContent{"wal.bad_content", Severity::kDamage};

// Between records and between segments: what only the whole log shows (log.h).
inline constexpr FindingKind kInUse{"wal.in_use", Severity::kNote};
inline constexpr FindingKind kEmpty{"wal.empty", Severity::kDamage};
inline constexpr FindingKind kChainBreak{"wal.crc_chain_break", Severity::kDamage};
inline constexpr FindingKind kMissingSegment{"wal.missing_segment", Severity::kDamage};
inline constexpr FindingKind kPurgedHead{"wal.purged_head", Severity::kNote};
inline constexpr FindingKind kSnapshotJump{"wal.snapshot_jump", Severity::kNote};
inline constexpr FindingKind kMissingHead{"wal.missing_head", Severity::kDamage};
inline constexpr FindingKind kIndexGap{"wal.index_gap", Severity::kDamage};
inline constexpr FindingKind kTermRegression{"wal.term_regression", Severity::kDamage};
inline constexpr FindingKind kStateRegression{"wal.state_regression", Severity::kDamage};
inline constexpr FindingKind kCommittedOverwritten{"wal.committed_overwritten", Severity::kDamage};
inline constexpr FindingKind kConflictingMetadata{"wal.conflicting_metadata", Severity::kDamage};
inline constexpr FindingKind kMissingMetadata{"wal.missing_metadata", Severity::kSuspect};
inline constexpr FindingKind kCommitBeyondLog{"wal.commit_beyond_log", Severity::kSuspect};
inline constexpr FindingKind kMoreDamage{"wal.more_damage", Severity::kDamage};

}  // namespace etcdf::wal
