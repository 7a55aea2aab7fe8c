// The state of evidence at a point.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/finding.h"
#include "base/result.h"
#include "member/open.h"
#include "mvcc/store.h"
#include "states/at_index.h"
#include "states/point.h"

namespace etcdf::states {

// Which revision a time led to.
inline constexpr FindingKind kAtTime{"states.at_time", Severity::kNote};

// Borrows what it was reached from.
class State {
 public:
  // The database to read: as it lies there, or as of an index.
  const member::OpenedDatabase& opened() const { return at_ ? at_->opened : *evidence_; }
  // The revision whose end it is the state of, as its keys go; nothing: the newest of the database.
  std::optional<int64_t> revision() const { return revision_; }
  // What reading met meanwhile; ask when all is read.
  void ReportFaults(FindingSink& findings) const {
    if (at_) at_->log.ReportFaults(findings);
  }

 private:
  friend Result<State> Reach(const member::Evidence& files, const member::OpenedDatabase& evidence,
                             const Point& point, FindingSink& findings);
  explicit State(const member::OpenedDatabase& evidence) : evidence_(&evidence) {}

  const member::OpenedDatabase* evidence_;
  std::optional<DatabaseAt> at_;
  std::optional<int64_t> revision_;
};

// `evidence`, of `files`, has a database.
//
// Errors: those of OpenAt; kNotFound where the revision is compacted or still to come, or where no
// revision is known to be as old as the time.
Result<State> Reach(const member::Evidence& files, const member::OpenedDatabase& evidence,
                    const Point& point, FindingSink& findings);

// The error with the path of the evidence in its subject, where there are several.
Error WithEvidence(const Error& error, const std::string& path);

// The oldest revision of which the store still has the state: that of the last compaction, or 1,
// the empty store that etcd begins with.
int64_t OldestRevision(const mvcc::Store& store);

}  // namespace etcdf::states
