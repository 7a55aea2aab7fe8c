#include "digest/range_sums.h"

#include <algorithm>
#include <bit>

namespace etcdf::digest {
namespace {

constexpr uint64_t kDistancePerLength = 2048;

// The length of the block that begins at `first`: the longest that its alignment and its distances
// from both ends allow. `first` lies in the span. (A length of 1/2048 of what is left behind the
// block is 1/2049 of what is left with it.)
uint64_t LengthAt(uint64_t first, Span span) {
  const uint64_t before = first - 1 - span.after;
  const uint64_t left = span.until - first + 1;
  const uint64_t alignment = first & (0 - first);
  const uint64_t longest = std::min(before / kDistancePerLength, left / (kDistancePerLength + 1));
  return std::clamp<uint64_t>(std::bit_floor(longest), 1, alignment);
}

// Walks through the blocks of one side.
class Side {
 public:
  explicit Side(const RangeSums& sums) : blocks_(sums.blocks()) {}

  bool at_end() const { return at_ == blocks_.size(); }
  const Block& block() const { return blocks_[at_]; }
  void Skip() { ++at_; }

  // The sum of the blocks that fill `range`, and moves past them. The walk is at a block that
  // begins where `range` does. False if the blocks end before.
  bool SumOf(const Block& range, WideFingerprint& sum) {
    while (!at_end()) {
      sum += block().sum;
      if (blocks_[at_++].last == range.last) return true;
    }
    return false;
  }

 private:
  const std::vector<Block>& blocks_;
  size_t at_ = 0;
};

void AddDiffering(const Block& range, std::vector<Span>& differing) {
  if (!differing.empty() && differing.back().until == range.first - 1) {
    differing.back().until = range.last;
  } else {
    differing.push_back({range.first - 1, range.last});
  }
}

}  // namespace

std::vector<Block> BlocksOf(Span span) {
  std::vector<Block> blocks;
  for (uint64_t before = span.after; before < span.until;) {
    const uint64_t first = before + 1;
    before += LengthAt(first, span);
    blocks.push_back({.first = first, .last = before});
  }
  return blocks;
}

RangeSums::RangeSums(Span span, Span grid) : span_(span) {
  for (const Block& block : BlocksOf(grid)) {
    if (block.first > span.after && block.last <= span.until) blocks_.push_back(block);
  }
}

void RangeSums::Add(uint64_t number, const WideFingerprint& fingerprint) {
  const auto holds = [&](size_t index) {
    return index < blocks_.size() && blocks_[index].first <= number &&
           number <= blocks_[index].last;
  };
  if (!holds(latest_)) {
    const auto found = std::ranges::lower_bound(blocks_, number, {}, &Block::last);
    latest_ = static_cast<size_t>(found - blocks_.begin());
  }
  if (holds(latest_)) blocks_[latest_].sum += fingerprint;
}

void RangeSums::Add(const RangeSums& other) {
  for (size_t i = 0; i < std::min(blocks_.size(), other.blocks_.size()); ++i) {
    blocks_[i].sum += other.blocks_[i].sum;
  }
}

Comparison Compare(const RangeSums& a, const RangeSums& b) {
  Comparison result;
  Side left(a), right(b);
  while (!left.at_end() && !right.at_end()) {
    // One of the two holds the other, or they are apart. What begins before the other side's blocks
    // cannot be compared.
    if (left.block().first != right.block().first) {
      (left.block().first < right.block().first ? left : right).Skip();
      continue;
    }
    const Block range = left.block().last > right.block().last ? left.block() : right.block();
    WideFingerprint left_sum, right_sum;
    if (!left.SumOf(range, left_sum) || !right.SumOf(range, right_sum)) break;
    if (result.compared.empty()) result.compared.after = range.first - 1;
    result.compared.until = range.last;
    if (left_sum != right_sum) AddDiffering(range, result.differing);
  }
  return result;
}

}  // namespace etcdf::digest
