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
#include <vector>

#include "apply/rules.h"
#include "audit/report_types.h"
#include "mvcc/store.h"
#include "wal/log.h"

namespace etcdf::audit {

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
