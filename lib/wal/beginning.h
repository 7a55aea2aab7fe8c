// How a member's log began, as far as its head is still there.
#pragma once

#include <cstdint>

#include "wal/log.h"

namespace etcdf::wal {

enum class BeginningKind : uint8_t {
  kUnknown,    // the head is gone or damaged, or the member joined a running cluster
  kBootstrap,  // with a new cluster, whose store was empty
  kRestore,    // with `snapshot restore`, which filled the store from a backup
};

struct Beginning {
  BeginningKind kind = BeginningKind::kUnknown;
  // The members that the cluster began with. Their entries, 1 to `members`, have no effect on keys;
  // of kRestore they count as applied to the database from the beginning. 0 if not known.
  uint64_t members = 0;

  bool is_restore() const { return kind == BeginningKind::kRestore; }
};

// `log` has been scanned.
//
// Both kinds write an entry of term 1 for each member. `snapshot restore` then writes a hard state
// of term 1 with a vote and a snapshot at the last of these entries (etcd v3.6.9,
// etcdutl/snapshot/v3_snapshot.go, saveWALAndSnap). A member that bootstraps votes for nobody in
// term 1 (raft v3.6.0, bootstrap.go), and a running cluster has elected a leader, of term 2 or
// later, before it makes a snapshot.
Beginning BeginningOf(const Log& log);

}  // namespace etcdf::wal
