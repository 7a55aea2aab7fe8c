#include "checksum/fingerprint.h"

#include <xxhash.h>

#include <array>

#include "base/escape.h"

namespace etcdf {

uint64_t Fingerprint(Bytes bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::string FingerprintText(Bytes bytes) {
  const uint64_t hash = Fingerprint(bytes);
  std::array<uint8_t, 8> big_endian{};
  for (size_t i = 0; i < 8; ++i) big_endian[i] = static_cast<uint8_t>(hash >> (56 - 8 * i));
  std::string text;
  AppendHex(text, big_endian);
  return text;
}

}  // namespace etcdf
