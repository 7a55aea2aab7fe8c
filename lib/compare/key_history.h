// The revision histories of several members, held against each other: the first revision at which
// the members part, and all that follow.
//
// One pass over the bucket `key` of all members at once, in the order of revisions. A revision is
// the same on all members or it is a difference, with two exceptions that have a cause in common
// and are told as one:
//
//   * A member that skipped a write counts on one behind the others, and each of its later
//     revisions differs from theirs by number alone. The pass notices that what follows fits with
//     the numbers moved, says so once (Shift) and goes on comparing with them moved. So does one
//     that applied a write twice, the other way round.
//   * Rows at or below the compact revision are there on one member and gone on another, as each
//     compacts when it comes to it. Of these only the state as of the compact revision is compared.
//
// Nobody is blamed where two members stand against two, or where each of two others says something
// else: a minority is named only beside a majority, which is more than half of all nodes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "compare/nodes.h"
#include "mvcc/key_value.h"
#include "mvcc/revision.h"
#include "mvcc/store.h"

namespace etcdf::compare {

// What can be compared: the state as of `compacted`, and every revision from there to `until`.
struct Window {
  int64_t compacted = 0;  // the greatest compact revision of the members; 0: none ever compacted
  int64_t until = 0;      // the least of their current revisions
};

enum class DifferenceKind : uint8_t {
  kMissing,   // the minority lacks the row; of two members, one lacks it
  kExtra,     // the minority has a row that the majority lacks
  kKey,       // rows of different keys
  kValue,     // another value, or a deletion against a write
  kLease,     // only the lease differs
  kMetadata,  // only create revision or version differ
};

// "missing", "extra", ...
const char* DifferenceKindName(DifferenceKind kind);

// A member's row, as it is stored. Views into the database.
struct RowSide {
  size_t member = 0;
  mvcc::RowRevision at;  // on that member
  mvcc::KeyValue row;
  Bytes stored;  // the value as it lies there, whether it could be decoded or not
};

struct RevisionDifference {
  mvcc::Revision revision;  // as the majority counts
  DifferenceKind kind = DifferenceKind::kMissing;
  std::vector<RowSide> sides = {};    // of the members that have a row
  std::vector<size_t> minority = {};  // empty where there is no majority
  // The members that can be compared there; empty: all.
  std::vector<size_t> members = {};
};

// What kind of difference it is if `members` members have these rows, and the others none.
DifferenceKind KindOf(std::span<const RowSide> sides, size_t members, bool majority_lacks);

// From revision `from` on, what a member calls R the others call R + `by`.
struct Shift {
  size_t member = 0;
  int64_t from = 0;  // in the member's own numbers
  int64_t by = 0;
};

// A stretch of main revisions, as the majority counts, and how the members stand in it.
struct RevisionRange {
  // The window is cut into at most so many of one length, whatever its size. The state as of the
  // compact revision is one more, in front, where a member has compacted.
  static constexpr int64_t kMaxRanges = 64;

  int64_t first = 0;
  int64_t last = 0;
  uint64_t rows = 0;  // compared
  struct Count {
    // Rows that are not the majority's; where there is none, not the other members'.
    uint64_t different = 0;
    uint64_t consequences = 0;  // as below
  };
  std::vector<Count> members = {};
};

struct KeyHistoryComparison {
  // At most so many differences are kept; all are counted.
  static constexpr size_t kMaxDifferences = 10'000;

  std::vector<RevisionDifference> differences;  // ascending
  uint64_t revisions_differing = 0;             // main revisions
  // Rows that differ in create revision or version alone, of keys that an earlier difference
  // touched: no differences of their own.
  uint64_t consequences = 0;
  std::vector<Shift> shifts;
  std::vector<RevisionRange> ranges;  // ascending, without gaps
  uint64_t rows_compared = 0;
  // Rows that one member has compacted and another has not yet, or a tombstone that only some
  // versions keep at the compact revision: no difference.
  uint64_t rows_of_compaction = 0;
  uint64_t tombstones_of_compaction = 0;

  // All members' rows up to the window's end are readable where they differ, and are of the same
  // keys, put and deleted at the same revisions.
  bool same_keys = true;

  bool same() const { return revisions_differing == 0; }
};

// Two members or more. What is damaged is reported to each store's sink. Memory: 16 bytes for each
// live key of a member that has compacted less than another, else none that grows.
KeyHistoryComparison CompareKeyHistories(std::span<const mvcc::Store> members, Window window,
                                         const Nodes& nodes);
// The same with each member a node of its own.
KeyHistoryComparison CompareKeyHistories(std::span<const mvcc::Store> members, Window window);

}  // namespace etcdf::compare
