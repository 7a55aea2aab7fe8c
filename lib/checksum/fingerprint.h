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

}  // namespace etcdf
