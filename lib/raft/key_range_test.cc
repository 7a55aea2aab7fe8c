#include "raft/key_range.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "raft/payload.h"
#include "testing/proto_writer.h"

namespace etcdf::raft {
namespace {

using std::string_view_literals::operator""sv;
using testing::ProtoWriter;

KeyRange Range(std::string_view key, std::string_view range_end) {
  return {.key = AsBytes(key), .range_end = AsBytes(range_end)};
}

TEST(KeyRange, WithoutEndIsTheKeyAlone) {
  EXPECT_TRUE(Range("b", "").Covers(AsBytes("b")));
  EXPECT_FALSE(Range("b", "").Covers(AsBytes("bb")));
  EXPECT_FALSE(Range("b", "").Covers(AsBytes("")));
}

TEST(KeyRange, IsHalfOpen) {
  EXPECT_TRUE(Range("b", "d").Covers(AsBytes("b")));
  EXPECT_TRUE(Range("b", "d").Covers(AsBytes("c\xff")));
  EXPECT_FALSE(Range("b", "d").Covers(AsBytes("d")));
  EXPECT_FALSE(Range("b", "d").Covers(AsBytes("a")));
  EXPECT_FALSE(Range("d", "b").Covers(AsBytes("c")));
}

TEST(KeyRange, ASingleZeroByteAsEndMeansEverythingFromTheKeyOn) {
  EXPECT_TRUE(Range("b", "\0"sv).Covers(AsBytes("\xff\xff")));
  EXPECT_FALSE(Range("b", "\0"sv).Covers(AsBytes("a")));
  EXPECT_TRUE(Range("\0"sv, "\0"sv).Covers(AsBytes("\0"sv)));
}

// Bytes are compared without sign, shorter before longer.
TEST(KeyRange, OrdersKeysAsEtcdDoes) {
  EXPECT_TRUE(Range("\x7f", "\x81").Covers(AsBytes("\x80")));
  EXPECT_TRUE(Range("a", "aa").Covers(AsBytes("a\0"sv)));
}

// Against the definition: some key with the prefix, of all keys over a small alphabet, is covered.
TEST(KeyRange, CoversSomeOfAPrefixExactlyIfItCoversOneOfItsKeys) {
  std::vector<std::string> keys = {""};
  for (size_t i = 0; i < keys.size() && keys[i].size() < 4; ++i) {
    for (const char c : {'a', 'b', 'c'}) keys.push_back(keys[i] + c);
  }
  std::vector<std::string> short_keys;
  for (const std::string& key : keys) {
    if (key.size() <= 2) short_keys.push_back(key);
  }
  size_t covered = 0;
  for (const std::string& begin : short_keys) {
    for (const std::string& end : short_keys) {
      for (const std::string& prefix : short_keys) {
        const KeyRange range = Range(begin, end);
        bool expected = false;
        for (const std::string& key : keys) {
          expected |= key.starts_with(prefix) && range.Covers(AsBytes(key));
        }
        EXPECT_EQ(range.CoversSomeOf(AsBytes(prefix)), expected)
            << begin << ' ' << end << ' ' << prefix;
        covered += expected ? 1 : 0;
      }
    }
  }
  EXPECT_GT(covered, 0u);
}

std::string Op(uint32_t member, const std::string& request) {
  return ProtoWriter().Bytes(member, request).bytes();
}

// A transaction that compares c, puts p under lease 7, and in a nested one deletes [d, e) and
// ranges r.
std::string Txn() {
  const std::string put = ProtoWriter().Bytes(1, "p").Number(3, 7).bytes();
  const std::string deletion = ProtoWriter().Bytes(1, "d").Bytes(2, "e").bytes();
  const std::string range = ProtoWriter().Bytes(1, "r").bytes();
  const std::string nested = ProtoWriter().Bytes(2, Op(3, deletion)).Bytes(3, Op(1, range)).bytes();
  const std::string compare = ProtoWriter().Bytes(3, "c").Number(8, 9).bytes();
  return ProtoWriter().Bytes(1, compare).Bytes(2, Op(2, put)).Bytes(2, Op(4, nested)).bytes();
}

TEST(VisitKeys, FindsThoseOfNestedTransactions) {
  const std::string data = ProtoWriter().Bytes(6, Txn()).bytes();
  Payload payload;
  ASSERT_EQ(payload.Decode(AsBytes(data)), PayloadKind::kInternal);
  std::string seen;
  EXPECT_TRUE(VisitKeys(payload.message(), [&](const KeyUse& use) {
    seen += std::string(use.message_name) + " " + std::string(AsText(use.range.key)) + "-" +
            std::string(AsText(use.range.range_end)) + ", ";
    return true;
  }));
  EXPECT_EQ(seen, "Compare c-, PutRequest p-, DeleteRangeRequest d-e, RangeRequest r-, ");
}

TEST(VisitPuts, FindsThoseOfNestedTransactions) {
  const auto put = [](std::string_view key, std::string_view value) {
    return Op(2, ProtoWriter().Bytes(1, key).Bytes(2, value).bytes());
  };
  const std::string nested = ProtoWriter().Bytes(2, put("b", "2")).bytes();
  const std::string txn = ProtoWriter().Bytes(2, put("a", "1")).Bytes(3, Op(4, nested)).bytes();
  const std::string data = ProtoWriter().Bytes(6, txn).bytes();
  Payload payload;
  ASSERT_EQ(payload.Decode(AsBytes(data)), PayloadKind::kInternal);
  std::string seen;
  EXPECT_TRUE(VisitPuts(payload.message(), [&](const Put& each) {
    (seen += AsText(each.key)) += AsText(each.value);
    return true;
  }));
  EXPECT_EQ(seen, "a1b2");
}

TEST(VisitKeys, StopsWhenToldTo) {
  const std::string data = ProtoWriter().Bytes(6, Txn()).bytes();
  Payload payload;
  ASSERT_EQ(payload.Decode(AsBytes(data)), PayloadKind::kInternal);
  int calls = 0;
  EXPECT_FALSE(VisitKeys(payload.message(), [&](const KeyUse&) { return ++calls < 2; }));
  EXPECT_EQ(calls, 2);
}

TEST(VisitKeys, TakesThePathOfAV2RequestForAKey) {
  const std::string data = ProtoWriter().Bytes(2, "PUT").Bytes(3, "/1/a").bytes();
  Payload payload;
  ASSERT_EQ(payload.Decode(AsBytes(data)), PayloadKind::kV2Request);
  EXPECT_FALSE(VisitKeys(payload.message(),
                         [](const KeyUse& use) { return !use.range.Covers(AsBytes("/1/a")); }));
}

TEST(VisitLeases, FindsThemWhereverTheyStandAndNotZero) {
  const std::string data = ProtoWriter().Bytes(6, Txn()).bytes();
  Payload payload;
  ASSERT_EQ(payload.Decode(AsBytes(data)), PayloadKind::kInternal);
  std::vector<int64_t> leases;
  VisitLeases(payload.message(), [&](int64_t lease) {
    leases.push_back(lease);
    return true;
  });
  EXPECT_EQ(leases, (std::vector<int64_t>{9, 7}));
  const std::string grant = ProtoWriter().Bytes(8, ProtoWriter().Number(2, 0).bytes()).bytes();
  ASSERT_EQ(payload.Decode(AsBytes(grant)), PayloadKind::kInternal);
  EXPECT_TRUE(VisitLeases(payload.message(), [](int64_t) { return false; }));
}

TEST(VisitUsers, FindsTheHeadersAndTheRequests) {
  const std::string header = ProtoWriter().Bytes(2, "root").bytes();
  const std::string user = ProtoWriter().Bytes(1, "alice").Bytes(2, "secret").bytes();
  const std::string data = ProtoWriter().Bytes(100, header).Bytes(1100, user).bytes();
  Payload payload;
  ASSERT_EQ(payload.Decode(AsBytes(data)), PayloadKind::kInternal);
  std::string seen;
  VisitUsers(payload.message(), [&](Bytes name) {
    seen += std::string(AsText(name)) + " ";
    return true;
  });
  EXPECT_EQ(seen, "root alice ");
}

}  // namespace
}  // namespace etcdf::raft
