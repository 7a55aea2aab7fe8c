// A member's database held against the member's own log.
//
// The log says what was to happen, the database what did. Replaying the log must give the bucket
// `key` byte for byte; where it does not, some entry was skipped, applied twice, or did something
// else than it should have. The audit finds the shortest script of such anomalies with which the
// replay does give the stored bucket, and calls nothing explained that it has not replayed.
//
// Needs one member only: etcd's logs hold all that was written, so no peer has to say who is right.
// What follows from an anomaly in the member's own world (a compare that then failed, revisions
// that are one lower from there on) is not an anomaly of its own.
//
// What is compacted is gone: an entry whose rows are no longer stored is *blind*. It counts as such
// and not as verified, and where several scripts explain the same bytes, all of them are named.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apply/member_store.h"
#include "apply/rules.h"
#include "base/bytes.h"
#include "mvcc/store.h"
#include "wal/log.h"

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

struct AuditReport {
  // After so many, or half as many with nothing verified in between, the log and the database do
  // not belong together, and a list of anomalies would say nothing: it is left empty.
  static constexpr size_t kMaxAnomalies = 40;

  AuditVerdict verdict = AuditVerdict::kNotCovered;
  std::string reason = {};  // of kUnexplained and kNotCovered, in a sentence for people
  // The entries audited. Both 0 if there were none.
  uint64_t index_first = 0;
  uint64_t index_last = 0;
  // The state that the log was applied to: of an empty store (1), or of the database's own rows as
  // of this revision.
  int64_t start_revision = 1;
  // If those rows are a peer's, which of AuditInput::peers it is.
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

// What there is of another member, or of an earlier copy of this one. Either may be null.
struct Peer {
  // Scanned. Where the member's log begins later than one of the same cluster, that one tells what
  // came before: what is committed is the same on all.
  const wal::Log* log = nullptr;
  // A witness, and no judge: it may settle which of equally good explanations is true
  // (witnesses.h), and it may give the state that the log was applied to where the member's own
  // rows do not, if all that is stored then follows. It is never what a member is accused by.
  const mvcc::Store* database = nullptr;
};

struct AuditInput {
  const wal::Log& log;  // scanned
  const mvcc::Store& database;
  // How the member may have applied its log, the likeliest first; at least one. The patch release
  // that a member ran is not in its files.
  std::vector<apply::Rules> rules;
  std::vector<Peer> peers = {};
  // Where nothing simple explains the database, to go on for up to a minute or for some seconds.
  bool thorough = true;
  // Told now and then how many entries of how many were looked at; returning false ends the audit,
  // which then has no verdict (kNotCovered). May be empty.
  std::function<bool(uint64_t done, uint64_t total)> progress = {};
};

// What is damaged in the files is reported to the database's sink, once. Memory: some 100 bytes for
// each stored row of bucket `key` and each entry, and for each row that the log writes what
// lib/apply keeps to go back. Time: a healthy member is one pass over both; where they part, each
// place costs some hundred short passes, and all together at most 40 million entries applied, by
// all rules. Where reading the rows meets damage, or they follow from the log but for those that
// are missing, 2 million: a search tells nothing of what happened to rows that are not there.
AuditReport Audit(const AuditInput& input);

}  // namespace etcdf::audit
