// How a log begins, which tells how the member's directory was made.
//
// Every log begins with its metadata and an empty snapshot record. Then (etcd v3.6.9,
// server/etcdserver/bootstrap.go; etcdutl/snapshot/v3_snapshot.go, saveWALAndSnap; measured with
// 3.4.23, 3.5.30, 3.6.9 and 3.7.1):
//   a new cluster       an addition of each member, of term 1 and without request id; a hard state
//                       of term 1 without vote
//   a restored one      the same, but the hard state has a vote, and a snapshot record of term 1 of
//                       the last addition follows at once
//   a joining member    a hard state first, as there is a leader; then the log from entry 1 on
//   one fed a snapshot  a hard state, and the record of that snapshot before any entry
#pragma once

#include <cstdint>

#include "wal/log.h"

namespace etcdf::wal {

struct LogHead {
  enum class Kind : uint8_t {
    kUnknown,  // the first segment was purged, or its beginning cannot be read
    kBootstrap,
    kRestore,
    kJoined,
    kFed,
  };

  Kind kind = Kind::kUnknown;
  uint64_t additions = 0;  // entries 1 to this one add the first members
  uint64_t snapshot = 0;   // kFed: of that entry

  bool is_restore() const { return kind == Kind::kRestore; }
};

// `log` has been scanned.
LogHead ReadLogHead(const Log& log);

}  // namespace etcdf::wal
