#include "raft/request_id.h"

#include <gtest/gtest.h>

namespace etcdf::raft {
namespace {

// As etcd v3.6.9, pkg/idutil/id.go: NewGenerator, then Next `count` times.
uint64_t IdOf(uint64_t member, uint64_t start_unix_ms, uint64_t count) {
  const uint64_t suffix = (start_unix_ms & ((uint64_t{1} << 40) - 1)) << 8;
  return (member & 0xffff) << 48 | ((suffix + count) & ((uint64_t{1} << 48) - 1));
}

constexpr uint64_t kMember = 0xbf62c07302522e87;

TEST(RequestId, TellsTheMembersLowBitsAndItsStart) {
  const uint64_t start = 1'700'000'000'123;  // November 2023
  const RequestOrigin origin = OriginOf(IdOf(kMember, start, 1));
  EXPECT_EQ(origin.member_low_bits, 0x2e87);
  EXPECT_EQ(origin.start_unix_ms, start);
}

TEST(RequestId, Each256IdsLookLikeAMillisecondLater) {
  const uint64_t start = 1'700'000'000'123;
  EXPECT_EQ(OriginOf(IdOf(kMember, start, 255)).start_unix_ms, start);
  EXPECT_EQ(OriginOf(IdOf(kMember, start, 256)).start_unix_ms, start + 1);
}

TEST(RequestId, TheEraBeginsWith2013) {
  const uint64_t first = 1'356'998'400'000;  // 2013-01-01T00:00:00Z
  const uint64_t era = uint64_t{1} << 40;
  EXPECT_EQ(OriginOf(IdOf(kMember, first, 1)).start_unix_ms, first);
  EXPECT_EQ(OriginOf(IdOf(kMember, first + era - 1, 1)).start_unix_ms, first + era - 1);
  EXPECT_EQ(OriginOf(IdOf(kMember, first + era, 1)).start_unix_ms, first);
  EXPECT_EQ(OriginOf(IdOf(kMember, first - 1, 1)).start_unix_ms, first - 1 + era);
}

TEST(RequestId, BelongsToMembersWithTheSameLowBits) {
  const uint64_t id = IdOf(kMember, 1'700'000'000'123, 9);
  EXPECT_TRUE(MayComeFrom(id, kMember));
  EXPECT_TRUE(MayComeFrom(id, 0x2e87));
  EXPECT_FALSE(MayComeFrom(id, kMember + 1));
}

}  // namespace
}  // namespace etcdf::raft
