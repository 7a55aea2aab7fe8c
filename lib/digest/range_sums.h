// A long sequence of numbered things (revisions, entries of a log) as sums of fingerprints over
// ranges, so small that it can be carried to another host and compared there.
//
// The ranges are blocks: 2^k numbers from a multiple of 2^k on. Two blocks are apart, or one holds
// the other; sums add up; so two sequences can be compared whatever their blocks are. A block is at
// most 1/2048 as long as its distance from either end: single numbers near both ends, where members
// of a cluster differ in how far they came and in what they have compacted, and ever longer ones
// towards the middle. That makes some 4000 blocks for each doubling of the length beyond 8192.
#pragma once

#include <cstdint>
#include <vector>

#include "checksum/fingerprint.h"

namespace etcdf::digest {

// The numbers above `after` up to `until`; none if `until` is not above `after`.
struct Span {
  uint64_t after = 0;
  uint64_t until = 0;

  bool empty() const { return until <= after; }
  friend bool operator==(const Span&, const Span&) = default;
};

struct Block {
  uint64_t first = 0;
  uint64_t last = 0;
  WideFingerprint sum = {};  // of all that stands under these numbers
};

// The blocks of a span, ascending and without gaps, with empty sums. At most 300,000, however long
// the span is.
std::vector<Block> BlocksOf(Span span);

class RangeSums {
 public:
  RangeSums() = default;
  explicit RangeSums(Span span) : span_(span), blocks_(BlocksOf(span)) {}

  // Those blocks of `grid` that lie in `span`: to compare what is known whole, within `span`, with
  // sums over `grid`, and to name what differs as narrowly as they can.
  RangeSums(Span span, Span grid);

  Span span() const { return span_; }
  const std::vector<Block>& blocks() const { return blocks_; }

  // Adds something to the block of `number`. What belongs to no block is left out. Cheapest where
  // the number belongs to the block of the one before.
  void Add(uint64_t number, const WideFingerprint& fingerprint);
  // Adds the sums of another over the same blocks.
  void Add(const RangeSums& other);
  // For a reader: the sum of the `index`-th block.
  void SetSum(size_t index, const WideFingerprint& sum) { blocks_[index].sum = sum; }

 private:
  Span span_;
  std::vector<Block> blocks_;
  size_t latest_ = 0;  // the block that was added to last
};

struct Comparison {
  // What could be compared: at both ends up to a block less than the span that both have. Empty if
  // there was nothing.
  Span compared;
  // Within it, the narrowest ranges in which something differs, ascending, none touching the next.
  std::vector<Span> differing;
};
Comparison Compare(const RangeSums& a, const RangeSums& b);

}  // namespace etcdf::digest
