// What comparing the members says, ready to be printed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/member.h"
#include "cluster/relations.h"
#include "cluster/sums.h"
#include "compare/buckets.h"
#include "compare/key_history.h"
#include "compare/raft_logs.h"
#include "wire/raft_records.h"

namespace etcdf::cluster {

enum class Verdict : uint8_t {
  kConsistent,   // all that can be compared is the same
  kDiverged,     // it is not
  kUndecidable,  // some of it cannot be compared
};

// "consistent", "diverged", "undecidable".
const char* VerdictName(Verdict verdict);

struct Comparison {
  Verdict verdict = Verdict::kUndecidable;
  std::string reason = {};  // why it is undecidable

  std::optional<compare::Window> window = {};  // nothing: no revision is on all members
  // Whose keys are the same and whose are not, by whatever they could be compared. Indexes the
  // members given.
  Relations keys = Relations();
  SumsResult sums = {};
  std::vector<const Member*> alone = {};  // the minority, if the members differ and there is one

  // The members of which there are databases, which are compared row by row. Everything below is of
  // these and indexes `compared`.
  std::vector<Member*> compared = {};
  compare::KeyHistoryComparison history = {};
  // What each member's log says of the first difference; nothing where it does not.
  std::vector<std::optional<wire::Entry>> entries = {};
  std::vector<compare::BucketComparison> buckets = {};
  // The same members and those of which there is only a log that can be read. `logs` indexes them.
  std::vector<Member*> logged = {};
  compare::LogComparison logs = {};

  bool by_rows() const { return compared.size() > 1; }
  bool StandsAlone(const Member& member) const;
};

// Compares what can be compared, and fills in the members' hashes.
Comparison Compare(const std::vector<std::unique_ptr<Member>>& members);

}  // namespace etcdf::cluster
