// A member's state as of another index than its database has, by the member's own log, in memory.
//
// A database ends where etcd last committed to it; what was applied since, or was yet to be, is in
// the log. Applying it gives what the member would have stored had it gone on. Going back is only
// possible by beginning with nothing, where the log has its first entry.
//
// Nothing here asks whether an entry is committed: compare/committed.h tells that. Nor whether the
// database is what its log says up to now (audit/audit.h): harm is carried along.
#pragma once

#include <cstdint>
#include <memory>

#include "apply/member_store.h"
#include "apply/rules.h"
#include "base/result.h"
#include "mvcc/store.h"
#include "replay/store_database.h"
#include "wal/log.h"

namespace etcdf::replay {

// A member as of an index of its log.
struct StateAt {
  uint64_t index = 0;
  // Some of the small buckets may be as of a later entry: the database was written by 3.4 or older,
  // and no entry up to `index` writes keys.
  bool may_be_later = false;
  std::unique_ptr<apply::MemberStore> store = {};
  std::unique_ptr<StoreDatabase> database = {};  // of `store`
};

// The last index that `log`, which has been scanned, leads to from `applied` on: without a gap, and
// before any damage. `applied` itself where it leads nowhere.
uint64_t ReachOf(const wal::Log& log, uint64_t applied);

// Whether it leads from `applied` to `index`. Errors: kNotFound where it begins too late, ends
// before, or entries are missing; kMalformed where it is damaged on the way.
Result<void> CheckLeads(const wal::Log& log, uint64_t applied, uint64_t index);

// Applies the entries after the database's consistent index up to `index`. Up to 3.4 the database
// may hold some of them already, other than those that write keys. They change nothing a second
// time (etcd v3.4.23, mvcc/kvstore_txn.go, End), but that the revision of users and roles is
// counted on: those are left out (auth_place.h). Where it is not known which they are, the row of
// that revision is not reproducible.
//
// Borrows both. `log` has been scanned. What is damaged in the database is reported to its sink.
// Errors: kUsage where the database has applied more than `index`; those of CheckLeads;
// kUnsupported where it is not known which changes of users and roles the database holds, and
// access to keys depends on them.
Result<StateAt> RollForward(const mvcc::Store& database, const wal::Log& log, uint64_t index,
                            const apply::Rules& rules);

// Applies the entries up to `index` to an empty store, and takes the result for the member's if the
// rest of the log then leads to the revision of the database at its consistent index. It does not
// where the cluster began with a restored backup, or the member has skipped a write.
//
// Borrows the log, which has been scanned. Errors: kUsage where the database has applied less than
// `index`; those of CheckLeads; kUnsupported where the log does not explain the database.
Result<StateAt> ReplayFromStart(const mvcc::Store& database, const wal::Log& log, uint64_t index,
                                const apply::Rules& rules);

// The one or the other.
Result<StateAt> BringTo(const mvcc::Store& database, const wal::Log& log, uint64_t index,
                        const apply::Rules& rules);

}  // namespace etcdf::replay
