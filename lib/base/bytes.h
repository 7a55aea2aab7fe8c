// The vocabulary for evidence: a read-only view of bytes that somebody else owns.
//
// `Bytes` never owns. It points into a mapped file or into a buffer that outlives it; a copy is a
// `std::vector<uint8_t>` and its name says so (`..._copy`). This header and base/ are the only
// places that may reinterpret memory.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace etcdf {

using Bytes = std::span<const uint8_t>;

// The same bytes, seen as characters. No encoding is implied.
inline std::string_view AsText(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline Bytes AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

inline bool Equal(Bytes a, Bytes b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

// Loads of little-endian and big-endian numbers. The caller has checked that the bytes are there.
inline uint64_t LoadLe64(const uint8_t* at) {
  uint64_t value = 0;
  std::memcpy(&value, at, sizeof value);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  value = __builtin_bswap64(value);
#endif
  return value;
}

// Eight bytes at `at`, little-endian.
inline void StoreLe64(uint8_t* at, uint64_t value) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  value = __builtin_bswap64(value);
#endif
  std::memcpy(at, &value, sizeof value);
}

// Appends the number's bytes, as many as its type has, little-endian.
template <std::unsigned_integral T>
void AppendLe(std::string& out, T value) {
  for (size_t byte = 0; byte < sizeof value; ++byte) {
    out += static_cast<char>(static_cast<uint64_t>(value) >> (8 * byte));
  }
}

inline uint64_t LoadBe64(const uint8_t* at) {
  uint64_t value = 0;
  std::memcpy(&value, at, sizeof value);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  value = __builtin_bswap64(value);
#endif
  return value;
}

inline uint32_t LoadLe32(const uint8_t* at) {
  uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  value = __builtin_bswap32(value);
#endif
  return value;
}

inline uint16_t LoadLe16(const uint8_t* at) { return static_cast<uint16_t>(at[0] | at[1] << 8); }

// The offset of the first byte that is not zero, or `bytes.size()` if there is none.
// Runs at memory speed: the zero-filled tail of a preallocated segment is 64 MB.
inline size_t FirstNonZero(Bytes bytes) {
  const size_t size = bytes.size();
  size_t at = 0;
  static constexpr uint8_t kZeros[4096] = {};
  while (size - at >= sizeof kZeros && std::memcmp(bytes.data() + at, kZeros, sizeof kZeros) == 0) {
    at += sizeof kZeros;
  }
  while (at < size && bytes[at] == 0) ++at;
  return at;
}

}  // namespace etcdf
