#include "checksum/keyed_hash.h"

#include <gtest/gtest.h>

#include <vector>

namespace etcdf {
namespace {

// The vectors of SipHash's authors: key 00 01 .. 0f, input 00 01 .. of each length.
TEST(KeyedHash, IsSipHash24) {
  const HashKey key{.low = 0x0706050403020100, .high = 0x0f0e0d0c0b0a0908};
  std::vector<uint8_t> input;
  for (uint8_t i = 0; i < 15; ++i) input.push_back(i);
  EXPECT_EQ(KeyedHash(key, {}), 0x726fdb47dd0e0e31u);
  EXPECT_EQ(KeyedHash(key, Bytes(input).first(1)), 0x74f839c593dc67fdu);
  EXPECT_EQ(KeyedHash(key, Bytes(input).first(8)), 0x93f5f5799a932462u);
  EXPECT_EQ(KeyedHash(key, input), 0xa129ca6149be45e5u);
}

TEST(KeyedHash, HasAnotherKeyEachTimeAndOneOfASecret) {
  const HashKey one = HashKey::Random();
  const HashKey other = HashKey::Random();
  EXPECT_FALSE(one.low == other.low && one.high == other.high);
  EXPECT_EQ(KeyedHashText(HashKey::Of(AsBytes("k")), AsBytes("v")),
            KeyedHashText(HashKey::Of(AsBytes("k")), AsBytes("v")));
  EXPECT_NE(KeyedHashText(HashKey::Of(AsBytes("k")), AsBytes("v")),
            KeyedHashText(HashKey::Of(AsBytes("l")), AsBytes("v")));
}

}  // namespace
}  // namespace etcdf
