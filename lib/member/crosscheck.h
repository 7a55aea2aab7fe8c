// What one part of a data directory says about another.
#pragma once

#include <vector>

#include "base/finding.h"
#include "mvcc/store.h"
#include "snapfile/snap_file.h"
#include "wal/log.h"

namespace etcdf::member {

inline constexpr FindingKind kSnapOrphan{"snap.orphan", Severity::kNote};
inline constexpr FindingKind kSnapBeyondLog{"snap.beyond_log", Severity::kSuspect};
inline constexpr FindingKind kSnapMissing{"snap.missing", Severity::kNote};
inline constexpr FindingKind kSnapNoStart{"snap.no_start", Severity::kDamage};
inline constexpr FindingKind kSnapNotContinued{"snap.not_continued", Severity::kDamage};
inline constexpr FindingKind kSnapTermMismatch{"snap.term_mismatch", Severity::kDamage};
inline constexpr FindingKind kDatabaseAhead{"db.ahead_of_log", Severity::kSuspect};
inline constexpr FindingKind kDatabaseAheadOfTorn{"db.ahead_of_torn_log", Severity::kNote};
inline constexpr FindingKind kDatabaseBehind{"db.behind_log", Severity::kSuspect};
inline constexpr FindingKind kDatabaseTerm{"db.term_mismatch", Severity::kDamage};

// Holds the log's snapshot records against the `.snap` files (etcd v3.6.9,
// server/storage/storage.go, SaveSnap; api/snap/snapshotter.go, LoadNewestAvailable). etcd syncs
// the file before it writes the record, so a newest file without a record is what a crash
// between the two leaves. Such a file may be of an index that the log never had, of which the
// leader sent a snapshot; one with a newer file beside it may not, because its record was
// written before that file: then the log has lost its end. A newest record without a file does
// no harm while an older file, or the beginning of the log, is there to start from; where
// neither is, etcd up to 3.6 cannot start. Of records in purged segments and of purged files
// nothing can be said. `snaps` are the readable files, newest first; `log` has been scanned.
//
// Reports kSnapOrphan, kSnapBeyondLog and kSnapTermMismatch for each file, and at most one of
// kSnapNoStart and kSnapMissing.
void CrossCheckSnapshots(const wal::Log& log, const std::vector<snapfile::SnapFile>& snaps,
                         FindingSink& findings);

// Whether the log goes on where the snapshot ends: the entry after its index is there, if any is.
// `log` was opened from that index and has been scanned.
void CheckContinuation(const wal::Log& log, const snapfile::SnapFile& snap, FindingSink& findings);

// Holds what the database says of its place in the log against the log, which has been scanned.
//
// etcd applies only what its log has (etcd v3.6.9, server/etcdserver/server.go, applyEntries), and
// purges only what a snapshot covers, so a database counts entries that are there or were before
// its log began: one that counts later ones, or stopped before the first that is left, is not of
// this log's time. Beside its consistent index it keeps that entry's term (since 3.5,
// server/etcdserver/cindex/cindex.go), and who votes as of then in `confState`, which is who the
// bucket `members` has; after a restore only once the membership has changed.
//
// Reports kDatabaseAhead, kDatabaseBehind, kDatabaseTerm, and what CompareMemberships does.
void CrossCheckDatabase(const wal::Log& log, const mvcc::Store& database);

// The first three alone, for who judges the log and not the member: where the log's last write did
// not complete, which is told already, the database has what that write held, and it is
// kDatabaseAheadOfTorn that is reported in place of kDatabaseAhead.
void CheckAppliedIndex(const wal::Log& log, const mvcc::Store& database);

}  // namespace etcdf::member
