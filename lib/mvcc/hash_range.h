// Work on more keys than memory holds at once: a part of them at a time, chosen by their hashes.
#pragma once

#include <cstdint>
#include <vector>

namespace etcdf::mvcc {

// The hashes that have `value` in their `bits` bits from kFirstBit on. (The bits below and above
// place a key in a table.)
struct HashRange {
  static constexpr unsigned kFirstBit = 24;
  static constexpr unsigned kMaxBits = 16;

  unsigned bits = 0;
  uint64_t value = 0;

  bool Holds(uint64_t hash) const {
    return ((hash >> kFirstBit) & ((uint64_t{1} << bits) - 1)) == value;
  }
  // It cannot be halved. Only keys that were made for it have so many hashes alike.
  bool is_last() const { return bits == kMaxBits; }
};

// What is left to do: at first all, then halves of what was too much.
class HashRanges {
 public:
  bool empty() const { return todo_.empty(); }
  const HashRange& next() const { return todo_.back(); }
  void Done() { todo_.pop_back(); }
  void Halve() {
    const HashRange range = todo_.back();
    todo_.back() = {.bits = range.bits + 1, .value = range.value | uint64_t{1} << range.bits};
    todo_.push_back({.bits = range.bits + 1, .value = range.value});
  }

 private:
  std::vector<HashRange> todo_ = {{}};
};

}  // namespace etcdf::mvcc
