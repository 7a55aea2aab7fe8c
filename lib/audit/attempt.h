// An audit by one set of rules: from where to walk the log, and what the best of its courses says.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "apply/rules.h"
#include "audit/audit.h"
#include "audit/course.h"
#include "audit/report_types.h"
#include "replay/align.h"
#include "replay/entries.h"
#include "replay/stored_rows.h"

namespace etcdf::audit {

bool IsComplete(const AuditReport& report);
// Whether `report` says less that is wrong than `other`.
bool IsBetter(const AuditReport& report, const AuditReport& other);

class Attempt {
 public:
  // Borrows all. `entries` are not empty. `work_left`: steps that the audit may take yet.
  Attempt(const AuditInput& input, const replay::Entries& entries, const replay::StoredRows& rows,
          const apply::Rules& rules, uint64_t& work_left)
      : input_(input), entries_(entries), rows_(rows), rules_(rules), work_left_(work_left) {}

  // How far the log goes as it stands, if it is known what it begins with.
  Reach Begin();
  AuditReport Run();
  // Once begun: the same without a search.
  AuditReport RunAsLogged();
  // Once begun: the entry that wrote the last row that is stored, if the log as it stands gives all
  // of them.
  std::optional<uint64_t> LastStored();
  // Once begun: of the entries behind `applied`, whose writes are stored.
  Anomaly NotCounted(uint64_t applied) const { return course_->NotCounted(applied); }

 private:
  // From where the database is known to have begun, if the log has that.
  std::unique_ptr<Course> FromBeginning();
  // From the database as it was restored. Null if its rows as of then are compacted.
  std::unique_ptr<Course> FromRestored();
  // The best of what the courses say from where the database is known to have begun.
  AuditReport FinishBegun();
  std::unique_ptr<Course> From(const mvcc::Store& base, const replay::Alignment& start) const;
  AuditReport RunOnRows();
  AuditReport RunAsTorn() const;
  AuditReport RunAligned() const;
  AuditReport RunFromOwnRows() const;
  std::optional<AuditReport> RunFromPeer(const mvcc::Store& peer, const AuditReport& own) const;
  AuditReport Finish(Course& course) const;
  // Of one that does not begin with an empty store.
  AuditStart StartOf(const Course& course) const;
  // From the entry at `position` on, what does not count as applied included.
  bool HasCompaction(size_t position) const;
  // Nothing is against the log but what is not there.
  bool FollowsAsTorn() const;

  const AuditInput& input_;
  const replay::Entries& entries_;
  const replay::StoredRows& rows_;
  const apply::Rules& rules_;
  uint64_t& work_left_;
  std::unique_ptr<Course> course_;
  // Those that get as far, where it is not certain from which revision to begin.
  std::vector<std::unique_ptr<Course>> others_;
  Reach reach_;
  int64_t migrated_ = 0;  // replay::LastMigrated
};

// How long an audit may search, in steps, each about a microsecond: a fixed number, and so often
// through the whole log. No answer depends on the time.
constexpr uint64_t WorkMax(bool thorough, uint64_t entries) {
  return thorough ? 40'000'000 + 4 * entries : 2'000'000 + 2 * entries;
}

// The same once the log has been found to give all that is stored, but for rows that are missing.
// Little more is to be told then.
constexpr uint64_t WorkMaxOfTorn(uint64_t entries) { return WorkMax(false, entries); }

}  // namespace etcdf::audit
