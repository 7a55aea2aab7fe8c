#include "checksum/fingerprint.h"

#include <xxhash.h>

#include "base/escape.h"

namespace etcdf {

uint64_t Fingerprint(Bytes bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::string FingerprintText(Bytes bytes) { return FixedHex(Fingerprint(bytes), 16); }

}  // namespace etcdf
