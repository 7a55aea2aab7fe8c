// A member's store as its database has it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "apply/member_store.h"
#include "base/result.h"
#include "mvcc/store.h"
#include "wire/raft_records.h"

namespace etcdf::replay {

// Fills `store`, which must be new, from the database: as of its consistent index, or with bucket
// `key` as of the end of `revision`. The small buckets are those of the end either way: the
// database does not remember what leases, users, alarms and members there were before. Only the
// leases that keys are attached to as of `revision` are taken as there.
//
// Rows that cannot be read are reported (mvcc/findings.h) and left out. Views of the store point
// into the database.
//
// Errors: kUsage where `revision` lies below the last compaction, since the keys as of then are
// gone, or above the last revision.
Result<void> Load(const mvcc::Store& database, std::optional<int64_t> revision,
                  apply::MemberStore& store);

// The same as of `revision`, right before the first of `later`, the entries that were applied from
// there on: what they tell of leases, auth and alarms is set back (earlier.h). Users and roles that
// were removed since are not there any more. Errors: as above.
Result<void> LoadBefore(const mvcc::Store& database, int64_t revision,
                        std::span<const wire::Entry> later, apply::MemberStore& store);

// Takes the rows of the small buckets as the database has them over those of the store, which is as
// of the same index; rows that only the store has stay.
void TakeTables(const mvcc::Store& database, apply::MemberStore& store);

}  // namespace etcdf::replay
