// Signs in a member's files that it was restored from a backup, beside how its log begins
// (wal/log_head.h).
#pragma once

#include <cstdint>

#include "member/membership.h"
#include "wal/log.h"

namespace etcdf::member {

// What a database says of its place in the log.
struct DatabaseCount {
  uint64_t applied = 0;  // consistent index
  int64_t revision = 0;  // of its last row
};

// Each entry makes at most one revision, and the first one made is 2. A database with more was
// restored from a backup, which keeps the revisions and begins the log anew.
bool HasMoreThanItsLog(const DatabaseCount& database);

// Whether `confState` may be of the cluster that a backup was taken of: a restore leaves it as it
// was, and the next change of the membership writes it anew (etcd v3.6.9,
// etcdutl/snapshot/v3_snapshot.go, updateMembershipInfo). `log` is null where there is none.
bool MayPredateRestore(const Membership& conf_state, const Membership& buckets,
                       const DatabaseCount& database, const wal::Log* log);

}  // namespace etcdf::member
