// What a member's raft log gives back of a database that has lost pages.
//
// The log says what was written, in order; applied (lib/apply) to the state in front of its first
// entry it gives every row that the database should hold, and then those that etcd had yet to
// write. The question is that state:
//
//   * nothing, where the log begins with the cluster: all rows follow;
//   * the database itself as of its consistent index, where no page is lost: what is behind
//     follows;
//   * else what is left of the rows, as of a revision that the contents of rows and entries tell
//     (anchors.h). Between two anchors it is certain how many revisions passed. Where the log,
//     applied, passes another number, the outcome of an entry hung on a row that is lost. If the
//     entries that can have failed for that alone are as many as the revisions that are missing,
//     they are taken to have succeeded; otherwise the stretch cannot be told, and is left to what
//     pages hold of it.
//
// Rows of pages are held against what the log writes at their revision all along. Where they
// differ, the row of a page that the tree leads to counts, unless it has lost bytes of its value,
// else the log; both are told.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apply/member_store.h"
#include "base/result.h"
#include "mvcc/store.h"
#include "replay/entries.h"
#include "salvage/page_rows.h"
#include "wal/log.h"

namespace etcdf::salvage {

enum class LogStart : uint8_t {
  kEmpty,     // an empty store: the log begins with the cluster
  kDatabase,  // the database, from its consistent index on
  kAnchored,  // what is left of the rows, as of a revision
};

// A revision that an entry wrote.
struct LoggedRevision {
  int64_t main = 0;
  uint64_t entry = 0;
  Confidence confidence = Confidence::kCertain;
};

// A revision of which a page and the log tell different things.
struct Contradiction {
  FoundRow page = {};
  uint64_t entry = 0;
  bool has_lost_bytes = false;  // zeros on the page are all that is different

  bool page_counts() const { return page.origin == Origin::kReachable && !has_lost_bytes; }
};

struct FromLog {
  static constexpr size_t kContradictionsKept = 100;

  LogStart start = LogStart::kEmpty;
  int64_t start_revision = 1;
  uint64_t index_first = 0;  // of the entries applied
  uint64_t index_last = 0;
  std::unique_ptr<apply::MemberStore> store = {};  // as of the last of them
  std::vector<LoggedRevision> written = {};        // ascending
  uint64_t agreed = 0;                             // rows of pages that the log writes as they are
  // The same but for version, create revision or lease, which begin with rows that are lost: as the
  // page has it.
  uint64_t completed = 0;
  uint64_t contradicted = 0;                       // otherwise than by lost bytes
  std::vector<Contradiction> contradictions = {};  // the first of all
  uint64_t untold = 0;  // entries that may have written, of which it cannot be told
  // Rows whose create revision and version are counted from here, since the key's earlier rows, if
  // there were any, are lost.
  uint64_t recounted = 0;
};

// The entries of a log that can be applied: sound, without a gap, and known to be committed.
// `applied`: by the database, which makes them committed; 0 if that is not known.
replay::Entries EntriesToApply(const wal::Log& log, uint64_t applied);

struct LogInput {
  std::span<const wire::Entry> entries;  // at least one
  // A backup was restored to the cluster: its first entries do not begin with nothing.
  bool begins_with_backup = false;
  const mvcc::Store& pages;  // a PageDatabase
  PageRows rows;             // of its bucket `key`
  bool is_whole = false;     // nothing of it is lost
};

// Applies them. Views of the result point into the log and the pages.
//
// Errors: kNotFound where the entries add nothing to a database that is whole; kUnsupported where
// the state that they begin with cannot be found, or what they write is not what the pages hold.
Result<FromLog> ApplyLog(const LogInput& input);

}  // namespace etcdf::salvage
