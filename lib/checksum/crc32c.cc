#include "checksum/crc32c.h"

#include <isa-l.h>

#include <algorithm>
#include <array>
#include <climits>

namespace etcdf {
namespace {

constexpr uint32_t kPolynomial = 0x82F63B78;  // reflected: bit 31 is x^0

// a * b modulo the polynomial, in the reflected representation.
constexpr uint32_t MultiplyModP(uint32_t a, uint32_t b) {
  uint32_t product = 0;
  for (uint32_t bit = uint32_t{1} << 31; bit != 0; bit >>= 1) {
    if (a & bit) product ^= b;
    b = (b & 1) ? (b >> 1) ^ kPolynomial : b >> 1;
  }
  return product;
}

// x^(8 * 2^n) for n = 0..63: what appending 2^n zero bytes multiplies a checksum by.
constexpr std::array<uint32_t, 64> MakeByteShifts() {
  std::array<uint32_t, 64> shifts{};
  shifts[0] = uint32_t{1} << (31 - 8);
  for (size_t n = 1; n < shifts.size(); ++n) {
    shifts[n] = MultiplyModP(shifts[n - 1], shifts[n - 1]);
  }
  return shifts;
}

constexpr std::array<uint32_t, 64> kByteShifts = MakeByteShifts();

}  // namespace

uint32_t Crc32cExtend(uint32_t crc, Bytes bytes) {
  uint32_t state = ~crc;
  while (!bytes.empty()) {
    const size_t piece = std::min<size_t>(bytes.size(), INT_MAX);
    // ISA-L takes a non-const pointer; it only reads.
    state = crc32_iscsi(const_cast<unsigned char*>(bytes.data()), static_cast<int>(piece), state);
    bytes = bytes.subspan(piece);
  }
  return ~state;
}

uint32_t Crc32cCombine(uint32_t crc_a, uint32_t crc_b, uint64_t length_b) {
  for (size_t n = 0; length_b != 0; ++n, length_b >>= 1) {
    if (length_b & 1) crc_a = MultiplyModP(kByteShifts[n], crc_a);
  }
  return crc_a ^ crc_b;
}

}  // namespace etcdf
