// What an audit says (audit.h): the words it is told in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mvcc/revision.h"

namespace etcdf::audit {

enum class AnomalyKind : uint8_t {
  kSkipped,             // the entry counts as applied, its write is not there
  kSkippedRange,        // so do several entries in a row
  kAppliedTwice,        // the entries' writes are there once more
  kAppliedDifferently,  // the entry wrote something else than it says
  kRowAbsent,           // rows are gone, the revisions behind are where they should be
  kRowAltered,          // its rows are there with other bytes, and nothing follows from those
  kUnlogged,            // a stored revision that no entry explains
  kExtraRevisions,      // revisions passed that no entry explains; their rows are compacted
  kNotAppliedTail,      // the last entries that count as applied left nothing
  kNotCounted,          // what the entries wrote is there though they do not count as applied
};

// "skipped", "skipped_range", "applied_twice", ...
const char* AnomalyKindName(AnomalyKind kind);

// A row as the log or the database has it, copied.
struct AnomalyRow {
  mvcc::Revision revision = {};
  bool tombstone = false;
  std::string key = {};
  std::string value = {};
  int64_t create_revision = 0;
  int64_t version = 0;
  int64_t lease = 0;

  friend bool operator==(const AnomalyRow&, const AnomalyRow&) = default;
};

struct Anomaly {
  // At most so many rows are kept of each anomaly's `expected` and `found`.
  static constexpr size_t kMaxRows = 16;

  AnomalyKind kind = AnomalyKind::kSkipped;
  // The entries it is about. Of kUnlogged and kExtraRevisions the one in front of which it lies; 0
  // where it lies behind the last.
  uint64_t index_first = 0;
  uint64_t index_last = 0;
  // Where something else explains the stored rows as well: the first index of each such
  // explanation, `index_first` included, ascending. Else empty.
  std::vector<uint64_t> ties = {};
  // The kinds of those explanations that are of another kind, ascending.
  std::vector<AnomalyKind> other_kinds = {};
  // The peer, of AuditInput::peers, whose database told which of more explanations it was.
  std::optional<size_t> settled_by = {};
  uint64_t term = 0;  // of entry `index_first`
  std::string request =
      {};                // what entry `index_first` is: "put", "txn", ... as raft/payload names it
  int64_t revision = 0;  // as the member counts: the first at which it shows
  // Of kRowAbsent: the last revision whose rows are gone, and how many rows that are. Else 0.
  int64_t revision_last = 0;
  uint64_t rows_missing = 0;
  int64_t revisions = 0;  // how many are missing (below 0) or too many (above 0) from there on
  std::vector<AnomalyRow> expected = {};  // what the entries' writes would have been
  std::vector<AnomalyRow> found = {};     // what is stored there instead
  // Later entries that had another effect than they would have had without this anomaly.
  uint64_t consequences = 0;
};

enum class AuditVerdict : uint8_t {
  kExplained,    // every stored row follows from the log
  kAnomalous,    // every stored row follows from the log and the anomalies named
  kUnexplained,  // something stays over
  kNotCovered,   // the log and the database have nothing in common to be compared
};

// "explained", "anomalous", "unexplained", "not_covered".
const char* AuditVerdictName(AuditVerdict verdict);

// Why a verdict is kUnexplained or kNotCovered.
enum class AuditReason : uint8_t {
  kNone,
  kNoLog,           // there is no log beside the database; said by who asks
  kNoDatabase,      // or no database, or none that can be read
  kNothingApplied,  // no entry of the log counts as applied to the database
  kNothingCounted,  // no write since the restore does, though the log has some
  kNothingSince,    // nor has any since the database began as `start` says
  kNoPlace,         // the log begins later than the database, and none of its rows tells where
  kCancelled,
  kTornApart,         // rows are missing, and those that are left do not follow from the log
  kTooManyAnomalies,  // `reason_number` of them do not explain it
  kTooMuchToTry,
  kLeftOver,      // no entry explains what is stored from revision `reason_number` on
  kRowNotStored,  // the log gives a row of that revision, which is not there; 0: of an unknown one
  kRowNotLogged,  // a row of that revision is there, and the log does not give it
  kRowDiffers,    // a row of that revision is there with other bytes than the log gives it
};

// "no_log", "nothing_since", ...; "" for kNone.
const char* AuditReasonName(AuditReason reason);

// What the log was applied to.
enum class AuditStart : uint8_t {
  kEmptyStore,
  kOwnRows,   // what the database itself holds as of `start_revision`
  kPeerRows,  // the same of the database of a peer
  kRestored,  // kOwnRows, and `snapshot restore` had put them there
  kMigrated,  // kOwnRows, and `etcdctl migrate` had made them of keys of the v2 API
};

// "empty_store", "own_rows", "peer_rows", "restored", "migrated".
const char* AuditStartName(AuditStart start);

struct AuditReport {
  // After so many, or half as many with nothing verified in between, the log and the database do
  // not belong together, and a list of anomalies would say nothing: it is left empty.
  static constexpr size_t kMaxAnomalies = 40;

  AuditVerdict verdict = AuditVerdict::kNotCovered;
  AuditReason reason = AuditReason::kNone;
  int64_t reason_number = 0;
  // The entries audited. Both 0 if there were none.
  uint64_t index_first = 0;
  uint64_t index_last = 0;
  // The state that the log was applied to, and as of which revision: 1 of an empty store. What is
  // stored up to there is no entry's, of kRestored and kMigrated from the beginning.
  AuditStart start = AuditStart::kEmptyStore;
  int64_t start_revision = 1;
  // Of kRestored with --bump-revision: the revision that the restore went on to, and the newest row
  // that is left before it. Else 0.
  int64_t bumped_to = 0;
  int64_t bumped_from = 0;
  // Of kPeerRows: which of AuditInput::peers it is.
  std::optional<size_t> start_peer = {};
  uint64_t verified = 0;  // entries whose rows are stored as the log says
  uint64_t blind = 0;     // entries that wrote, and nothing of it is stored any more
  // Entries without an effect on keys: reads, leases, membership, what was refused.
  uint64_t without_rows = 0;
  // Entries whose outcome depends on what is not stored: transactions that this member refused if
  // it was the one that proposed them (apply::Outcome::refused_by_proposer).
  uint64_t untold = 0;
  // How far the log as it stands gives what is stored: the last entry of which a row is there, and
  // its revision. Both 0 if there is none.
  uint64_t follows_to_index = 0;
  int64_t follows_to_revision = 0;
  std::vector<Anomaly> anomalies = {};  // ascending by index
  bool anomalies_dropped = false;       // there were too many
  uint64_t rows_equal = 0;              // of bucket `key`, when all was replayed
  uint64_t rows_different = 0;          // without those of anomalies
  // Of a database of which whole pages seem to be lost: rows that the log gives and that are not
  // there. They are told stretch by stretch, as kRowAbsent.
  uint64_t rows_missing = 0;
  // The rules that explain the most, of those in AuditInput::rules.
  size_t rules = 0;
};

}  // namespace etcdf::audit
