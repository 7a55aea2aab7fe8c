#include "checksum/crc32c.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace etcdf {
namespace {

// The definition, bit by bit: the simple twin of the library's kernel.
uint32_t Reference(uint32_t crc, Bytes bytes) {
  crc = ~crc;
  for (const uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
  }
  return ~crc;
}

TEST(Crc32c, AgreesWithTheVectorsOfRfc3720) {
  std::vector<uint8_t> bytes(32, 0x00);
  EXPECT_EQ(Crc32cExtend(0, bytes), 0x8A9136AAu);
  bytes.assign(32, 0xff);
  EXPECT_EQ(Crc32cExtend(0, bytes), 0x62A8AB43u);
  for (size_t i = 0; i < 32; ++i) bytes[i] = static_cast<uint8_t>(i);
  EXPECT_EQ(Crc32cExtend(0, bytes), 0x46DD794Eu);
  for (size_t i = 0; i < 32; ++i) bytes[i] = static_cast<uint8_t>(31 - i);
  EXPECT_EQ(Crc32cExtend(0, bytes), 0x113FDB5Cu);
  EXPECT_EQ(Crc32cExtend(0, AsBytes("123456789")), 0xE3069283u);
}

TEST(Crc32c, EverySplitChainsAndCombinesToTheReference) {
  std::mt19937 random(3720);
  std::vector<uint8_t> bytes(700);
  for (auto& byte : bytes) byte = static_cast<uint8_t>(random());
  const Bytes all(bytes);
  const uint32_t whole = Reference(0, all);
  for (size_t split = 0; split <= bytes.size(); ++split) {
    const Bytes head = all.first(split), tail = all.subspan(split);
    ASSERT_EQ(Crc32cExtend(Crc32cExtend(0, head), tail), whole) << split;
    ASSERT_EQ(Crc32cCombine(Crc32cExtend(0, head), Crc32cExtend(0, tail), tail.size()), whole);
    ASSERT_EQ(Crc32cExtend(0, head), Reference(0, head)) << split;
  }
}

TEST(Crc32c, CombinesAcrossLengthsThatDoNotFitMemory) {
  // Appending 2^40 zero bytes, done by doubling: combine must agree with itself.
  const uint32_t a = Crc32cExtend(0, AsBytes("etcd"));
  uint32_t zeros = Crc32cExtend(0, AsBytes(std::string_view("\0", 1)));
  for (int n = 0; n < 40; ++n) zeros = Crc32cCombine(zeros, zeros, uint64_t{1} << n);
  uint32_t half = Crc32cExtend(0, AsBytes(std::string_view("\0", 1)));
  for (int n = 0; n < 39; ++n) half = Crc32cCombine(half, half, uint64_t{1} << n);
  const uint64_t length = uint64_t{1} << 39;
  EXPECT_EQ(Crc32cCombine(a, zeros, length * 2),
            Crc32cCombine(Crc32cCombine(a, half, length), half, length));
}

}  // namespace
}  // namespace etcdf
