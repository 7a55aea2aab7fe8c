// `--audit`: each member's database held against the member's own log.
#pragma once

#include <memory>
#include <vector>

#include "app/exit_code.h"
#include "audit/audit.h"
#include "hashcheck/evidence.h"
#include "hashcheck/options.h"

namespace etcdf::hashcheck {

struct MemberAudit {
  const Member* member = nullptr;
  uint64_t consistent_index = 0;          // what the database counts as applied
  std::vector<const Member*> peers = {};  // as the report counts them
  audit::AuditReport report = {};
};

// Audits every member, two at a time, with the others of its cluster as peers: their logs, and
// their databases, also those of which no log is there to say what they are of. What is not a data
// dir with a log and a database is not covered. Says on a terminal how far it is. What is wrong
// with the files is among the member's findings.
std::vector<MemberAudit> AuditMembers(const std::vector<std::unique_ptr<Member>>& members,
                                      const Options& options);

// Whether auditing them all takes a moment only.
bool IsAuditCheap(const std::vector<std::unique_ptr<Member>>& members);

// What the audits come to: damage where one says that the database is not what the log made of it.
// One member that could not be audited, though that `was_asked`, is a question without an answer,
// unless nothing has happened to it since it was restored;
// among several, what is said of them by comparing them stands.
app::ExitCode ExitCodeOf(const std::vector<MemberAudit>& audits, bool was_asked);

}  // namespace etcdf::hashcheck
