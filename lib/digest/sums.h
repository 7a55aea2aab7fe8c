// The sums of a member's database and log (range_sums.h), on all cores in one or two walks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checksum/fingerprint.h"
#include "digest/range_sums.h"
#include "mvcc/store.h"
#include "wal/log.h"

namespace etcdf::digest {

// A bucket other than `key`.
struct BucketSum {
  std::string name;
  uint64_t rows = 0;
  WideFingerprint sum = {};  // of its rows

  friend bool operator==(const BucketSum&, const BucketSum&) = default;
};

struct DatabaseSums {
  // Rows of `key` by main revision, each as it stands: a tombstone's mark belongs to it.
  RangeSums history;
  // The live state as of history.span().after, which is all that a compaction leaves of what was
  // before: the rows themselves differ between members whose compaction is not finished.
  WideFingerprint compacted_state = {};
  // Ascending by name. Of `meta`, the rows are left out in which sound members differ: the
  // consistent index, its term, the storage version (mvcc::IgnoredSince36), and how far a
  // compaction has come.
  std::vector<BucketSum> buckets = {};
};

// The revisions that a database can be asked about: from what it has compacted to its current one.
Span HistoryOf(const mvcc::Store& store);

// Over the blocks of HistoryOf(), all that a digest needs.
DatabaseSums SumDatabase(const mvcc::Store& store);

// The same of the other buckets alone.
std::vector<BucketSum> SumBuckets(const mvcc::Store& store);

// What a digest that says `grid` is compared with: the history within both spans, over the digest's
// blocks, and the state as of the later of the two compactions. No other buckets.
DatabaseSums SumHistory(const mvcc::Store& store, Span grid);

// The live entries of a scanned log by index, term, type and payload, as far as it can be trusted,
// behind the last entries whose place a snapshot took.
RangeSums SumLog(const wal::Log& log);

}  // namespace etcdf::digest
