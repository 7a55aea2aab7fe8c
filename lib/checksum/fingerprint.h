// XXH3 fingerprints: to tell two values apart without showing them. Fast, not cryptographic; never
// a statement about integrity.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace etcdf {

// XXH3-64 with seed 0.
uint64_t Fingerprint(Bytes bytes);

// The fingerprint as 16 hex digits.
std::string FingerprintText(Bytes bytes);

// 128 bits, for when millions of things are told apart. Fingerprints can be added, modulo 2^128:
// the sum of a set does not depend on order, and sums of disjoint sets add up to that of their
// union.
struct WideFingerprint {
  uint64_t low = 0;
  uint64_t high = 0;

  WideFingerprint& operator+=(const WideFingerprint& other) {
    low += other.low;
    high += other.high + (low < other.low ? 1 : 0);
    return *this;
  }
  friend bool operator==(const WideFingerprint&, const WideFingerprint&) = default;
};

// Of something that stands under a key: XXH3-128 of `content`, with XXH3-64 of `key` as its seed.
WideFingerprint FingerprintOf(Bytes key, Bytes content);

}  // namespace etcdf
