// A log walked from one place by one set of rules, searched where it parts with the database, and
// what that comes to.
#pragma once

#include <cstdint>
#include <optional>

#include "apply/member_store.h"
#include "apply/rules.h"
#include "audit/audit.h"
#include "audit/plan.h"
#include "audit/remains.h"
#include "audit/report_types.h"
#include "audit/search.h"
#include "audit/walk.h"
#include "mvcc/store.h"
#include "replay/align.h"
#include "replay/entries.h"
#include "replay/stored_rows.h"

namespace etcdf::audit {

class Course {
 public:
  // Borrows all. `base`: what the rows as of the start are read from; nothing is read where `start`
  // is in front of the first entry, at revision 1.
  Course(const AuditInput& input, const replay::Entries& entries, const replay::StoredRows& rows,
         const apply::Rules& rules, const mvcc::Store& base, const replay::Alignment& start);

  // Goes as far as the log goes as it stands. Call once, first.
  Reach Begin();
  // Once begun: where it does not go on, rows are missing, and no other is in their place.
  bool IsForWantOfRows() const { return walk_.IsForWantOfRows(); }
  // Once begun: the last entry of which a row is stored, if that row is the last that is stored and
  // all before it are as the log says.
  std::optional<uint64_t> LastStored();
  // Once begun: the entries behind `applied` of which rows are stored, as kNotCounted.
  Anomaly NotCounted(uint64_t applied) const;
  bool cancelled() const { return search_.cancelled(); }
  const replay::Alignment& start() const { return start_; }
  // Steps taken so far.
  uint64_t work() const { return walk_.work(); }

  // Searches, with at most so many steps in all, and tells what was found.
  AuditReport Finish(uint64_t work_max);

 private:
  // As it was in front of the first entry taken.
  apply::MemberStore& Loaded(apply::MemberStore& store) const;
  static void Count(const Walk& walk, const Explanation& explanation, AuditReport& report);
  void AddRemains(const Remains& remains, AuditReport& report);
  void Judge(const Explanation& explanation, AuditReport& report) const;

  const AuditInput& input_;
  const mvcc::Store& base_;
  const replay::Entries& entries_;
  replay::Alignment start_;
  apply::MemberStore store_;
  Walk walk_;
  Search search_;
  std::optional<Step> follows_to_;  // the last that is verified by the log as it stands
};

}  // namespace etcdf::audit
