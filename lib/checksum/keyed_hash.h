// Hashes that nobody can compute without the key: equal values can be told within one report, and a
// reader of it cannot try out short ones. SipHash-2-4 (Aumasson and Bernstein, 2012).
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace etcdf {

struct HashKey {
  uint64_t low = 0;
  uint64_t high = 0;

  // Another each time.
  static HashKey Random();
  // Of a secret of any length, such as the content of a file.
  static HashKey Of(Bytes secret);
};

uint64_t KeyedHash(const HashKey& key, Bytes bytes);

// The hash as 16 hex digits.
std::string KeyedHashText(const HashKey& key, Bytes bytes);

}  // namespace etcdf
