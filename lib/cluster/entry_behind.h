// The raft entry behind a difference: which one wrote a row, by the log's own account.
#pragma once

#include <optional>

#include "cluster/member.h"
#include "compare/key_history.h"
#include "mvcc/revision.h"
#include "wire/raft_records.h"

namespace etcdf::cluster {

// The entry of the member's log behind a row of its database, which is at `revision` as the
// majority counts. Its data is a view into the log.
//
// A log that has its beginning is applied from there until it has written `revision`, as a member
// that skipped nothing would count. In one that has not, it is the only put of this key with this
// value, if the database has only one, too. Nothing where that finds none.
std::optional<wire::Entry> FindEntry(Member& member, mvcc::Revision revision,
                                     const compare::RowSide& side);

}  // namespace etcdf::cluster
