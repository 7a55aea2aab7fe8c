// Which members' histories part, pair by pair, and whether they do so where only some of them can
// be compared.
//
// The comparison of all members at once (key_history.h) tells a story: it holds the others against
// the majority and follows numbers that moved. Whether two members are the same is a question of
// the two alone, of all their revisions, by the numbers they themselves count by.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "compare/key_history.h"
#include "compare/pairs.h"

namespace etcdf::compare {

// What a member has: its state as of `compacted`, and every revision from there to `until`.
struct Extent {
  int64_t compacted = 0;
  int64_t until = 0;
};

struct HistoryParting {
  Pairs compared;  // that have a revision in common
  Pairs parted;    // that differ
  // The first difference outside the window of all members, and how many revisions differ there.
  std::optional<RevisionDifference> beyond = {};
  uint64_t revisions_beyond = 0;
};

// `history` is that of `window`, which is of all members; null where they have none in common.
// Rows that cannot be read are reported by nobody here. Costs no walk where all members have the
// same revisions and agree.
HistoryParting PartHistories(std::span<const mvcc::Store> members, std::span<const Extent> extents,
                             const Window* window, const KeyHistoryComparison& history,
                             const Nodes& nodes);

}  // namespace etcdf::compare
