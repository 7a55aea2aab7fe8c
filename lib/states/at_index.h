// A database as of an index of its member's raft log.
#pragma once

#include <cstdint>

#include "base/finding.h"
#include "base/result.h"
#include "member/open.h"
#include "replay/roll_forward.h"
#include "wal/log.h"

namespace etcdf::states {

// An entry beyond what the log and its database know to be committed: another leader could still
// have overwritten it.
inline constexpr FindingKind kBeyondCommit{"apply.beyond_commit", Severity::kNote};

struct DatabaseAt {
  wal::Log log;
  replay::StateAt state;          // views into the log and into the member's database
  member::OpenedDatabase opened;  // without pages
};

// `evidence`, of `files`, has a database and must outlive the result. Reports kBeyondCommit, and
// what is wrong with the log. Errors: kUsage where there is no log; those of replay::BringTo.
Result<DatabaseAt> OpenAt(const member::Evidence& files, const member::OpenedDatabase& evidence,
                          uint64_t index, FindingSink& findings);

}  // namespace etcdf::states
