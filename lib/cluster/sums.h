// Members held against digests: by sums over ranges instead of by rows (digest/range_sums.h). What
// differs is named as a range; where a database is at hand, by its rows there.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cluster/member.h"
#include "cluster/relations.h"
#include "compare/key_history.h"
#include "digest/range_sums.h"

namespace etcdf::cluster {

// A bucket other than `key`, by its sum. Which row differs is not known, so that a reason for which
// sound members may differ can be ruled out of some buckets only.
enum class SumVerdict : uint8_t { kSame, kBenign, kNotCompared, kDifferent };

// "same", "benign", "different", "not_compared".
const char* SumVerdictName(SumVerdict verdict);

// Two members, one of which is a digest at least.
struct SumsComparison {
  size_t a = 0;  // of the members given
  size_t b = 0;

  digest::Comparison history = {};  // of revisions
  // The state as of the later compact revision, and which revision that is; 0: none compacted.
  SumVerdict state = SumVerdict::kNotCompared;
  uint64_t state_revision = 0;

  struct Bucket {
    std::string name;
    SumVerdict verdict = SumVerdict::kSame;
  };
  std::vector<Bucket> buckets = {};  // by name

  std::optional<digest::Comparison> log = {};  // of indexes; nothing: not both have one
  // The first range of entries that both members count as committed, and that differ.
  std::optional<digest::Span> broken_promise = {};

  // Of the bucket `key`.
  Relation keys() const;
};

// The rows of a database in the ranges in which it differs from a digest.
struct RowsInRanges {
  static constexpr size_t kMaxRows = 1000;

  size_t member = 0;                   // of the members given
  std::vector<compare::RowSide> rows;  // ascending; views into the database
  bool more = false;                   // there are more than kMaxRows
};

struct SumsResult {
  std::vector<SumsComparison> pairs;
  std::vector<RowsInRanges> rows;  // of each database that differs from a digest
};

// Every digest against every other member that has rows or sums.
SumsResult CompareSums(const std::vector<Member*>& members);

}  // namespace etcdf::cluster
