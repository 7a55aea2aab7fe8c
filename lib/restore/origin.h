// How a member's directory began, by the signs that leave no doubt, and what it has applied since.
//
// The log's first records tell a new cluster from a restored one and from a member that the leader
// fed a snapshot (wal/log_head.h). A removal without request id is what --force-new-cluster
// appends (etcd v3.6.9, server/etcdserver/bootstrap.go, createConfChangeEnts). A row of an empty
// value is what `snapshot restore --bump-revision` writes, and nothing ever overwrites it
// (etcdutl/snapshot/v3_snapshot.go, unsafeBumpBucketsRevision). Where the log's beginning was
// purged, more revisions than entries tell of a restore.
#pragma once

#include <cstdint>
#include <optional>

#include "backend/backend.h"
#include "member/restored.h"
#include "wal/log.h"

namespace etcdf::restore {

enum class OriginKind : uint8_t {
  kUnknown,
  kBootstrap,  // a new cluster; a member that joined it with the log from entry 1 on counts, too
  kRestore,
  kBumpedRestore,
  kLeaderSnapshot,
  kForceNewCluster,
};

struct Origin {
  OriginKind kind = OriginKind::kUnknown;
  // Of the database when it began so; nothing where that cannot be told.
  std::optional<int64_t> revision = {};
  std::optional<uint64_t> applied_since = {};  // entries
  // kBumpedRestore: the last revision before the bump that is still there, and how far it went.
  int64_t bumped_from = 0;
  int64_t bumped_by = 0;

  bool is_restore() const {
    return kind == OriginKind::kRestore || kind == OriginKind::kBumpedRestore;
  }
};

// `log` has been scanned; null where there is none. Likewise `database`.
Origin FindOrigin(const wal::Log* log, const backend::Database* database,
                  const member::DatabaseCount& count);

}  // namespace etcdf::restore
