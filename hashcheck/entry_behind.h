// The raft entry behind a difference: which one wrote a revision, by the log's own account.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "hashcheck/evidence.h"
#include "mvcc/revision.h"

namespace etcdf::hashcheck {

struct EntryBehind {
  uint64_t index = 0;
  uint64_t term = 0;
  std::string kind;  // "put", "txn", ...
};

// Applies the member's log from its first entry until it has written `revision`, as a member that
// skipped nothing would count. Nothing where the log no longer begins at entry 1, or where it
// writes no row of `key` there.
std::optional<EntryBehind> FindEntry(const Member& member, mvcc::Revision revision, Bytes key);

}  // namespace etcdf::hashcheck
