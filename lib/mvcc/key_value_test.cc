#include "mvcc/key_value.h"

#include <gtest/gtest.h>

#include <string>

#include "raft/message.h"
#include "raft/schema.h"
#include "testing/proto_writer.h"
#include "testing/seed.h"

namespace etcdf::mvcc {
namespace {

using testing::ProtoWriter;

TEST(KeyValueTest, AsEtcdWritesIt) {
  const std::string bytes = ProtoWriter()
                                .Bytes(1, "a")
                                .Number(2, 300)
                                .Number(3, 301)
                                .Number(4, 2)
                                .Bytes(5, "value")
                                .Number(6, static_cast<uint64_t>(-7))
                                .bytes();
  const auto kv = ParseKeyValue(AsBytes(bytes));
  ASSERT_TRUE(kv);
  EXPECT_EQ(AsText(kv->key), "a");
  EXPECT_EQ(kv->create_revision, 300);
  EXPECT_EQ(kv->mod_revision, 301);
  EXPECT_EQ(kv->version, 2);
  EXPECT_EQ(AsText(kv->value), "value");
  EXPECT_EQ(kv->lease, -7);
  EXPECT_TRUE(ParseKeyValue({}));  // the row of a bumped revision
}

// Against the generic reader: fields in any order, twice, unknown, cut off and with flipped bits.
class KeyValueProperty : public testing::SeededTest {};

TEST_F(KeyValueProperty, ReadsAndRefusesAsTheGenericReaderDoes) {
  raft::Message message;
  for (int round = 0; round < 20'000; ++round) {
    ProtoWriter writer;
    const bool in_order = Below(2) == 0;
    for (uint32_t i = 1; i <= 6; ++i) {
      const uint32_t field = in_order ? i : 1 + static_cast<uint32_t>(Below(8));
      if (Below(4) == 0) continue;
      if (field == 1 || field == 5) {
        writer.Bytes(field, RandomBytes(Below(200)));
      } else {
        writer.Number(field, random()() >> Below(64));
      }
    }
    std::string bytes = writer.bytes();
    if (Below(3) == 0) bytes.resize(Below(bytes.size() + 1));
    if (Below(3) == 0 && !bytes.empty()) bytes[Below(bytes.size())] = static_cast<char>(random()());
    const auto kv = ParseKeyValue(AsBytes(bytes));
    const bool accepted =
        message.Parse(raft::KeyValueSchema(), AsBytes(bytes)) == raft::ParseVerdict::kAccepted;
    ASSERT_EQ(kv.has_value(), accepted);
    if (!kv) continue;
    const raft::MessageView root = message.root();
    EXPECT_EQ(AsText(kv->key), AsText(root.BytesOf(1)));
    EXPECT_EQ(kv->create_revision, static_cast<int64_t>(root.Number(2)));
    EXPECT_EQ(kv->mod_revision, static_cast<int64_t>(root.Number(3)));
    EXPECT_EQ(kv->version, static_cast<int64_t>(root.Number(4)));
    EXPECT_EQ(AsText(kv->value), AsText(root.BytesOf(5)));
    EXPECT_EQ(kv->lease, static_cast<int64_t>(root.Number(6)));
  }
}

}  // namespace
}  // namespace etcdf::mvcc
