// CRC-32C (Castagnoli) with the semantics of Go's hash/crc32, which every checksum of etcd uses.
//
// Polynomial 0x82F63B78 reflected, initial and final complement inside: Crc32c(0, "123456789") is
// 0xE3069283 (RFC 3720), and Extend(Extend(0, a), b) == Extend(0, ab). The WAL's running checksum
// is exactly such a chain over the `data` of its records.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace etcdf {

// The checksum of what `crc` is the checksum of, followed by `bytes`. Start with 0.
uint32_t Crc32cExtend(uint32_t crc, Bytes bytes);

// The checksum of A followed by B, from the checksums of A and of B and the length of B in bytes.
// Costs O(log length), so ranges can be summed on several cores and joined.
uint32_t Crc32cCombine(uint32_t crc_a, uint32_t crc_b, uint64_t length_b);

}  // namespace etcdf
