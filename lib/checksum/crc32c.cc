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

// ISA-L is built for blocks: below some 250 bytes, which is what most records and all keys have,
// its set-up costs more than the sum. There the processor's own instruction is faster by far.
#if defined(__x86_64__)
constexpr size_t kSmallBytes = 256;

__attribute__((target("sse4.2"))) uint32_t ExtendSmall(uint32_t state, Bytes bytes) {
  const uint8_t* at = bytes.data();
  size_t left = bytes.size();
  uint64_t wide = state;
  for (; left >= 8; left -= 8, at += 8) wide = __builtin_ia32_crc32di(wide, LoadLe64(at));
  auto narrow = static_cast<uint32_t>(wide);
  for (; left > 0; --left, ++at) narrow = __builtin_ia32_crc32qi(narrow, *at);
  return narrow;
}

bool IsSmall(Bytes bytes) {
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  return has_instruction && bytes.size() < kSmallBytes;
}
#else
uint32_t ExtendSmall(uint32_t state, Bytes /*bytes*/) { return state; }
bool IsSmall(Bytes /*bytes*/) { return false; }
#endif

}  // namespace

uint32_t Crc32cExtend(uint32_t crc, Bytes bytes) {
  if (IsSmall(bytes)) return ~ExtendSmall(~crc, bytes);
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
