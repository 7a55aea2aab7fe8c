// salvage --with-wal: what the pages have lost, from the member's raft log.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/finding.h"
#include "base/result.h"
#include "dump-db/verbs.h"
#include "replay/store_database.h"
#include "salvage/from_log.h"
#include "salvage/key_rows.h"
#include "salvage/other_buckets.h"
#include "salvage/outlook.h"
#include "salvage/page_database.h"
#include "wal/log.h"

namespace etcdf::dump_db {

// The log cannot be used: what it says does not go with what the pages hold.
inline constexpr FindingKind kLogUnused{"salvage.log_unused", Severity::kSuspect};
// A page and the log tell different things of one revision.
inline constexpr FindingKind kLogContradicts{"salvage.log_contradicts", Severity::kSuspect};
// What some entries did, or when, hangs on rows that are lost.
inline constexpr FindingKind kLogUntold{"salvage.log_untold", Severity::kSuspect};

class SalvageLog {
 public:
  // Applies the log that --with-wal names. What is wrong with it, and what it contradicts, is
  // reported. Borrows all but the options. Errors: those of OpenLog.
  static Result<std::unique_ptr<SalvageLog>> Apply(const VerbContext& context,
                                                   const salvage::Outlook& outlook,
                                                   const salvage::KeyRows& content,
                                                   const salvage::OtherBuckets& others);

  // Null where the log adds nothing, or cannot be used.
  const salvage::FromLog* result() const { return result_ ? &*result_ : nullptr; }
  // The small buckets as the log leaves them; of a result only.
  const backend::Database& tables() const { return *tables_; }
  // What was made of the log, for the last lines of the output.
  std::string Summary() const;

 private:
  SalvageLog(const VerbContext& context, wal::Log log)
      : log_(std::move(log)), path_(context.evidence.path) {}
  void ReportContradictions(FindingSink& findings) const;
  void ReportUntold(FindingSink& findings) const;

  wal::Log log_;
  std::string path_;  // of the database
  std::vector<salvage::FoundRow> rows_;
  std::unique_ptr<salvage::PageDatabase> pages_;
  std::optional<salvage::FromLog> result_;
  std::unique_ptr<replay::StoreDatabase> tables_;
  std::string unused_;  // why there is no result
};

}  // namespace etcdf::dump_db
