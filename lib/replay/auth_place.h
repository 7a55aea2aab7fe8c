// How far the users and roles of a database have come.
//
// Up to 3.4 the consistent index is stored with changes of keys and, since 3.4.8, of users and
// roles (etcd v3.4.23, mvcc/kvstore_txn.go, End, and auth/store.go, saveConsistentIndex). Before
// that release a database may hold users and roles as of a later entry than its index says, so that
// applying the entries after the index counts their revision on for a second time. No file says
// which release it was.
#pragma once

#include <cstdint>

#include "apply/member_store.h"
#include "mvcc/status.h"
#include "wal/log.h"

namespace etcdf::replay {

struct AuthPlace {
  // No entry after the consistent index up to this one is left to be applied: they changed users
  // and roles, which are there already, and other small buckets, where a second time makes no
  // difference.
  uint64_t index = 0;
  // Entries after that may have changed the users and roles already, and the log does not begin
  // early enough to tell.
  bool is_open = false;
  // The first entry after the consistent index that changes keys; UINT64_MAX where none up to
  // `until` does. The small buckets are as of an earlier one.
  uint64_t first_write = UINT64_MAX;
};

// `store` holds what the database does, and does so again afterwards. `log`, which has been
// scanned, leads from its consistent index to `until`.
AuthPlace FindAuthPlace(const mvcc::Status& status, const wal::Log& log, uint64_t until,
                        apply::MemberStore& store);

}  // namespace etcdf::replay
