#include "checksum/fingerprint.h"

#include <xxhash.h>

#include "base/escape.h"

namespace etcdf {

uint64_t Fingerprint(Bytes bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::string FingerprintText(Bytes bytes) { return FixedHex(Fingerprint(bytes), 16); }

WideFingerprint FingerprintOf(Bytes key, Bytes content) {
  const XXH128_hash_t hash =
      XXH3_128bits_withSeed(content.data(), content.size(), Fingerprint(key));
  return {.low = hash.low64, .high = hash.high64};
}

}  // namespace etcdf
