// What comparing the members says, ready to be printed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compare/buckets.h"
#include "compare/key_history.h"
#include "compare/raft_logs.h"
#include "hashcheck/evidence.h"
#include "wire/raft_records.h"

namespace etcdf::hashcheck {

enum class Verdict : uint8_t {
  kConsistent,   // all that can be compared is the same
  kDiverged,     // it is not
  kUndecidable,  // some of it cannot be compared
};

// "consistent", "diverged", "undecidable".
const char* VerdictName(Verdict verdict);

struct Comparison {
  Verdict verdict = Verdict::kUndecidable;
  std::string reason;  // why it is undecidable

  // Members of `compared` index those of the evidence; everything below indexes `compared`.
  std::vector<Member*> compared = {};
  std::optional<compare::Window> window = {};  // nothing: no revision is on all of them
  compare::KeyHistoryComparison history = {};
  // What each member's log says of the first difference; nothing where it does not.
  std::vector<std::optional<wire::Entry>> entries = {};
  std::vector<compare::BucketComparison> buckets = {};
  // The same members and those of which there is only a log that can be read. `logs` indexes them.
  std::vector<Member*> logged = {};
  compare::LogComparison logs = {};
  // Who stands alone: at the first divergence of the keys, or else of another bucket.
  std::vector<size_t> minority = {};

  bool StandsAlone(const Member& member) const;
};

// Compares what can be compared, and fills in the members' hashes.
Comparison Compare(const std::vector<std::unique_ptr<Member>>& members);

}  // namespace etcdf::hashcheck
