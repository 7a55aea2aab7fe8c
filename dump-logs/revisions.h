// --with-revisions: what each entry did when it was applied, by applying the log once more.
//
// The log is applied to an empty store, where it has its first entry. Where it begins later, it is
// applied to the state in front of its first entry, as the audit finds it in the database beside it
// (audit/audit.h); or, where it finds none, to the database as it is, from its consistent index on.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "apply/member_store.h"
#include "base/finding.h"
#include "base/result.h"
#include "dump-logs/evidence.h"
#include "member/open_database.h"
#include "mvcc/status.h"

namespace etcdf::dump_logs {

// The log, applied to an empty store, leads to another revision than the database is at.
inline constexpr FindingKind kOtherRevision{"apply.other_revision", Severity::kSuspect};

// What an entry did.
struct Effect {
  std::optional<int64_t> revision = {};  // none: it changed no key
  uint64_t rows = 0;                     // written to bucket `key`
  apply::Refusal refusal = apply::Refusal::kNone;
  // The member that proposed it refused it, and nobody else did (apply::Outcome).
  bool refused_by_proposer = false;
};

class Revisions {
 public:
  // `evidence` holds the whole log, scanned, and must outlive the result. What is damaged in the
  // database is reported where its rows are needed.
  //
  // Errors: kNotFound where the log begins late, and there is no database that goes on before it.
  static Result<Revisions> Start(const Evidence& evidence, FindingSink& findings);

  // Of entries in ascending order; what is left out is applied in between, which takes longer.
  // `payload` is decoded of entries of type normal. Nothing where it cannot be told: before the
  // database's index, behind a gap, behind damage, and of entries that were overwritten. Reports
  // kOtherRevision.
  std::optional<Effect> EffectOf(const wal::LogEntry& logged, const raft::Payload& payload);

 private:
  struct Origin {
    FindingList unheard = {};
    member::OpenedDatabase opened = {};
    mvcc::Status status = {};
  };

  Revisions(const Evidence& evidence, FindingSink& findings)
      : evidence_(&evidence), findings_(&findings) {}

  void OpenDatabase();
  mvcc::Store StoreOf(FindingSink& findings) const;
  // To the state in front of the log's first entry; false if that is not certain.
  bool LoadAligned();
  void ApplyUpTo(uint64_t index);
  // After each entry.
  void Applied(uint64_t index);

  const Evidence* evidence_;
  FindingSink* findings_;
  std::unique_ptr<Origin> database_;  // null: there is none that can be read
  std::unique_ptr<apply::MemberStore> store_;
  uint64_t applied_ = 0;  // the last entry
  bool from_start_ = false;
  bool lost_ = false;  // an entry is missing
};

}  // namespace etcdf::dump_logs
