#include "raft/message.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/escape.h"
#include "testing/proto_writer.h"
#include "testing/protobuf_twin.h"
#include "testing/seed.h"

namespace etcdf::raft {
namespace {

using testing::Dump;
using testing::ProtoWriter;
using testing::TwinSubject;

// Field numbers of etcdserverpb.InternalRaftRequest, RequestHeader, PutRequest, TxnRequest and
// RequestOp.
constexpr uint32_t kPut = 4, kTxn = 6, kHeader = 100;
constexpr uint32_t kHeaderId = 1, kHeaderUsername = 2;
constexpr uint32_t kPutKey = 1, kPutValue = 2, kPutLease = 3, kPutPrevKv = 4;
constexpr uint32_t kTxnCompare = 1, kTxnSuccess = 2;
constexpr uint32_t kOpRange = 1, kOpPut = 2, kOpTxn = 4;

ParseVerdict ParseRequest(Message& message, const std::string& bytes) {
  return message.Parse(InternalRaftRequestSchema(), AsBytes(bytes));
}

bool Accepts(const std::string& bytes) {
  Message message;
  return ParseRequest(message, bytes) == ParseVerdict::kAccepted;
}

std::string Put(std::string_view key, std::string_view value) {
  return ProtoWriter().Bytes(kPutKey, key).Bytes(kPutValue, value).bytes();
}

TEST(Message, GivesFieldsByNumberAndAbsentOnesAsZero) {
  const std::string put = ProtoWriter()
                              .Bytes(kPutKey, "k")
                              .Bytes(kPutValue, "v")
                              .Number(kPutLease, static_cast<uint64_t>(-5))
                              .bytes();
  const std::string bytes = ProtoWriter()
                                .Bytes(kPut, put)
                                .Bytes(kHeader, ProtoWriter().Number(kHeaderId, 7).bytes())
                                .bytes();
  Message message;
  ASSERT_EQ(ParseRequest(message, bytes), ParseVerdict::kAccepted);
  const MessageView root = message.root();
  EXPECT_TRUE(root.Has(kPut));
  EXPECT_EQ(AsText(root.Child(kPut).BytesOf(kPutKey)), "k");
  EXPECT_EQ(AsText(root.Child(kPut).BytesOf(kPutValue)), "v");
  EXPECT_EQ(static_cast<int64_t>(root.Child(kPut).Number(kPutLease)), -5);
  EXPECT_EQ(root.Child(kHeader).Number(kHeaderId), 7u);
  EXPECT_FALSE(root.Has(kTxn));
  EXPECT_FALSE(root.Child(kTxn));
  EXPECT_EQ(root.Child(kTxn).Number(1), 0u);
  EXPECT_TRUE(root.Child(kHeader).BytesOf(kHeaderUsername).empty());
}

TEST(Message, IteratesInDeclarationOrderWhateverTheWireHas) {
  // Declared: header (100), ..., put (4), ..., downgrade_version_test (9900).
  const std::string bytes =
      ProtoWriter().Bytes(9900, "").Bytes(kPut, "").Bytes(kHeader, "").bytes();
  Message message;
  ASSERT_EQ(ParseRequest(message, bytes), ParseVerdict::kAccepted);
  std::vector<std::string_view> names;
  for (const FieldView field : message.root()) names.push_back(field.schema().name);
  EXPECT_EQ(names, (std::vector<std::string_view>{"header", "put", "downgrade_version_test"}));
}

TEST(Message, OfAScalarThatOccursTwiceTheLastCounts) {
  const std::string put =
      ProtoWriter().Bytes(kPutKey, "first").Number(kPutLease, 1).Bytes(kPutKey, "last").bytes();
  const std::string bytes = ProtoWriter().Bytes(kPut, put).bytes();
  Message message;
  ASSERT_EQ(ParseRequest(message, bytes), ParseVerdict::kAccepted);
  EXPECT_EQ(AsText(message.root().Child(kPut).BytesOf(kPutKey)), "last");
}

TEST(Message, AMessageThatOccursTwiceIsMerged) {
  const std::string bytes = ProtoWriter()
                                .Bytes(kPut, ProtoWriter().Bytes(kPutKey, "k").bytes())
                                .Bytes(kPut, ProtoWriter().Bytes(kPutValue, "v").bytes())
                                .bytes();
  Message message;
  ASSERT_EQ(ParseRequest(message, bytes), ParseVerdict::kAccepted);
  EXPECT_EQ(AsText(message.root().Child(kPut).BytesOf(kPutKey)), "k");
  EXPECT_EQ(AsText(message.root().Child(kPut).BytesOf(kPutValue)), "v");
}

TEST(Message, WithinAOneofTheLastReplacesWhatStoodThere) {
  const std::string op = ProtoWriter()
                             .Bytes(kOpPut, Put("k", "v"))
                             .Bytes(kOpRange, "")
                             .Bytes(kOpPut, ProtoWriter().Bytes(kPutKey, "again").bytes())
                             .bytes();
  const std::string bytes =
      ProtoWriter().Bytes(kTxn, ProtoWriter().Bytes(kTxnSuccess, op).bytes()).bytes();
  Message message;
  ASSERT_EQ(ParseRequest(message, bytes), ParseVerdict::kAccepted);
  const MessageView kept = message.root().Child(kTxn).Child(kTxnSuccess);
  EXPECT_FALSE(kept.Has(kOpRange));
  EXPECT_EQ(AsText(kept.Child(kOpPut).BytesOf(kPutKey)), "again");
  EXPECT_FALSE(kept.Child(kOpPut).Has(kPutValue));
}

TEST(Message, RepeatedFieldsKeepTheirOrderAcrossOtherFields) {
  ProtoWriter txn;
  for (const char* key : {"a", "b", "c"}) {
    txn.Bytes(kTxnSuccess, ProtoWriter().Bytes(kOpPut, Put(key, "")).bytes());
    txn.Bytes(kTxnCompare, "");
  }
  const std::string bytes = ProtoWriter().Bytes(kTxn, txn.bytes()).bytes();
  Message message;
  ASSERT_EQ(ParseRequest(message, bytes), ParseVerdict::kAccepted);
  std::string keys;
  for (const FieldView field : message.root().Child(kTxn)) {
    if (field.schema().number != kTxnSuccess) continue;
    for (const ValueView op : field) keys += AsText(op.message().Child(kOpPut).BytesOf(kPutKey));
  }
  EXPECT_EQ(keys, "abc");
}

TEST(Message, AKnownFieldOfAnotherWireTypeIsRefused) {
  EXPECT_FALSE(Accepts(ProtoWriter().Number(kPut, 1).bytes()));
  EXPECT_FALSE(Accepts(ProtoWriter().Bytes(1, "").bytes()));
  EXPECT_FALSE(Accepts("\x21" + std::string(8, '\0')));  // put as fixed64
}

TEST(Message, AFaultInANestedMessageRefusesTheWhole) {
  EXPECT_TRUE(Accepts(ProtoWriter().Bytes(kPut, Put("k", "v")).bytes()));
  EXPECT_FALSE(Accepts(ProtoWriter().Bytes(kPut, "\x0a").bytes()));
  EXPECT_FALSE(Accepts(ProtoWriter().Bytes(kPut, "\x0a\x05k").bytes()));
}

TEST(Message, TheMethodsOfV2RequestsAreNoMessages) {
  for (const char* method : {"PUT", "POST", "DELETE", "QGET", "SYNC", "GET"}) {
    EXPECT_FALSE(Accepts(ProtoWriter().Number(1, 5).Bytes(2, method).bytes())) << method;
  }
}

// No encoder makes these, but gogo's decoders take them; protobuf's take tags of at most five
// bytes, and groups whose end has the number of their begin.
TEST(Message, TagsAndLengthsMayBeLongerThanNeededAndGroupsEndWithAnyNumber) {
  const std::string_view long_tag("\xa2\x80\x80\x80\x80\x80\x00\x00", 8);  // field 4, length 0
  const std::string_view long_length("\x22\x80\x80\x80\x80\x80\x00", 7);   // the same
  const std::string_view group("\xab\x09\xb4\x09", 4);                     // 149 begins, 150 ends
  for (const std::string_view bytes : {long_tag, long_length}) {
    Message message;
    ASSERT_EQ(ParseRequest(message, std::string(bytes)), ParseVerdict::kAccepted);
    EXPECT_TRUE(message.root().Has(kPut));
  }
  EXPECT_TRUE(Accepts(std::string(group)));
  EXPECT_FALSE(Accepts(std::string(group.substr(0, 2))));
  EXPECT_FALSE(Accepts(std::string(group.substr(2))));
}

TEST(Message, StringsNeedNotBeUtf8) {
  const std::string header = ProtoWriter().Bytes(kHeaderUsername, "\xff\xfe").bytes();
  Message message;
  const std::string bytes = ProtoWriter().Bytes(kHeader, header).bytes();
  ASSERT_EQ(ParseRequest(message, bytes), ParseVerdict::kAccepted);
  EXPECT_EQ(AsText(message.root().Child(kHeader).BytesOf(kHeaderUsername)), "\xff\xfe");
}

TEST(Message, UnknownFieldsStayAsTheyStandInTheMessageTheyAreIn) {
  const std::string unknown = ProtoWriter().Number(77, 5).Bytes(78, "x").bytes();
  const std::string put = unknown + Put("k", "v");
  const std::string bytes = ProtoWriter().Bytes(kPut, put).bytes();
  Message message;
  ASSERT_EQ(ParseRequest(message, bytes), ParseVerdict::kAccepted);
  EXPECT_FALSE(message.root().has_unknown());
  std::string seen;
  message.root().Child(kPut).ForEachUnknown([&](Bytes raw) {
    seen += AsText(raw);
    return true;
  });
  EXPECT_EQ(seen, unknown);
}

TEST(Message, RaftsOwnTypesDropUnknownFields) {
  const std::string bytes = ProtoWriter().Number(1, 3).Number(77, 5).bytes();
  Message message;
  ASSERT_EQ(message.Parse(HardStateSchema(), AsBytes(bytes)), ParseVerdict::kAccepted);
  EXPECT_FALSE(message.root().has_unknown());
}

TEST(Message, ListsOfNumbersMayBePacked) {
  const std::string plain = ProtoWriter().Number(1, 7).Number(1, UINT64_MAX).bytes();
  const std::string packed =
      ProtoWriter().Bytes(1, std::string("\x07") + std::string(9, '\xff') + "\x01").bytes();
  Message message;
  ASSERT_EQ(message.Parse(ConfStateSchema(), AsBytes(plain)), ParseVerdict::kAccepted);
  const std::string expected = "voters=7;voters=18446744073709551615;";
  EXPECT_EQ(Dump(message.root()), expected);
  ASSERT_EQ(message.Parse(ConfStateSchema(), AsBytes(packed)), ParseVerdict::kAccepted);
  EXPECT_EQ(Dump(message.root()), expected);
}

TEST(Message, NumbersAreCutToTheirTypeAsInGo) {
  Message message;
  // A bool of any bits but none is true; an enum has 32 bits.
  const std::string put = ProtoWriter().Number(kPutPrevKv, uint64_t{1} << 63).bytes();
  const std::string bytes = ProtoWriter().Bytes(kPut, put).bytes();
  ASSERT_EQ(ParseRequest(message, bytes), ParseVerdict::kAccepted);
  EXPECT_EQ(message.root().Child(kPut).Number(kPutPrevKv), 1u);
  const std::string change = ProtoWriter().Number(2, (uint64_t{1} << 32) + 3).bytes();
  ASSERT_EQ(message.Parse(ConfChangeSchema(), AsBytes(change)), ParseVerdict::kAccepted);
  EXPECT_EQ(message.root().Number(2), 3u);
}

// A request of `count` transactions, each in the one before; the innermost is `txn`.
std::string NestedTxns(int count, std::string txn = {}) {
  for (int i = 1; i < count; ++i) {
    const std::string op = ProtoWriter().Bytes(kOpTxn, txn).bytes();
    txn = ProtoWriter().Bytes(kTxnSuccess, op).bytes();
  }
  return ProtoWriter().Bytes(kTxn, txn).bytes();
}

TEST(Message, NestingHasALimit) {
  Message message;
  // The request is one level, the outermost transaction another, each further one adds two.
  EXPECT_EQ(ParseRequest(message, NestedTxns(50)), ParseVerdict::kAccepted);
  const std::string one_more_level = ProtoWriter().Bytes(kTxnSuccess, "").bytes();
  EXPECT_EQ(ParseRequest(message, NestedTxns(50, one_more_level)), ParseVerdict::kTooComplex);
  EXPECT_FALSE(message.root());
  EXPECT_EQ(ParseRequest(message, NestedTxns(2'000)), ParseVerdict::kTooComplex);
}

TEST(Message, TheNumberOfValuesHasALimit) {
  std::string checkpoints;
  for (size_t i = 0; i < Message::kMaxValues; ++i) checkpoints += std::string("\x0a\x00", 2);
  Message message;
  const std::string bytes = ProtoWriter().Bytes(11, checkpoints).bytes();
  EXPECT_EQ(ParseRequest(message, bytes), ParseVerdict::kTooComplex);
  // Nor does replacing a member of a oneof over and over escape it.
  std::string op;
  for (size_t i = 0; i < Message::kMaxValues; ++i) op += std::string("\x12\x00", 2);
  const std::string txn = ProtoWriter().Bytes(kTxnSuccess, op).bytes();
  EXPECT_EQ(ParseRequest(message, ProtoWriter().Bytes(kTxn, txn).bytes()),
            ParseVerdict::kTooComplex);
}

TEST(Message, ARefusedMessageLeavesNothingOfTheOneBefore) {
  Message message;
  const std::string good = ProtoWriter().Bytes(kPut, Put("k", "v")).bytes();
  ASSERT_EQ(ParseRequest(message, good), ParseVerdict::kAccepted);
  ASSERT_EQ(ParseRequest(message, "\xff"), ParseVerdict::kMalformed);
  EXPECT_FALSE(message.root());
  EXPECT_EQ(Dump(message.root()), "");
}

// Where the last byte is missing, something is: every encoding in this message ends exactly there.
TEST(Message, EveryCutOfAPutIsRefusedExceptBetweenFields) {
  const std::string header =
      ProtoWriter().Bytes(kHeader, ProtoWriter().Number(1, 7).bytes()).bytes();
  const std::string bytes = ProtoWriter().Bytes(kPut, Put("key", "value")).bytes() + header;
  for (size_t size = 1; size < bytes.size(); ++size) {
    EXPECT_EQ(Accepts(bytes.substr(0, size)), size == bytes.size() - header.size()) << size;
  }
}

using MessageAgainstProtobuf = testing::SeededTest;

TEST_F(MessageAgainstProtobuf, WhatProtobufWritesReadsTheSame) {
  for (const TwinSubject& subject : testing::TwinSubjects()) {
    for (int i = 0; i < 500; ++i) {
      const auto message = testing::RandomMessage(*subject.prototype, random());
      const std::string bytes = message->SerializeAsString();
      const auto twin = testing::TwinOf(*subject.prototype->GetDescriptor(), bytes);
      ASSERT_TRUE(twin.has_value());
      Message ours;
      ASSERT_EQ(ours.Parse(*subject.schema, AsBytes(bytes)), ParseVerdict::kAccepted);
      ASSERT_EQ(Dump(ours.root()), twin->dump) << subject.schema->name;
    }
  }
}

TEST_F(MessageAgainstProtobuf, TwoMessagesInARowAreMerged) {
  for (const TwinSubject& subject : testing::TwinSubjects()) {
    for (int i = 0; i < 500; ++i) {
      const std::string bytes =
          testing::RandomMessage(*subject.prototype, random())->SerializeAsString() +
          testing::RandomMessage(*subject.prototype, random())->SerializeAsString();
      ASSERT_EQ(testing::TwinDifference(subject, bytes), "") << subject.schema->name;
    }
  }
}

TEST_F(MessageAgainstProtobuf, DamagedMessagesMeetTheSameVerdictAndReadTheSame) {
  for (const TwinSubject& subject : testing::TwinSubjects()) {
    int accepted = 0;
    int refused = 0;
    for (int i = 0; i < 3000; ++i) {
      const auto message = testing::RandomMessage(*subject.prototype, random());
      const std::string bytes = testing::Mutated(message->SerializeAsString(), random());
      ASSERT_EQ(testing::TwinDifference(subject, bytes), "") << subject.schema->name;
      const bool is_accepted =
          testing::TwinOf(*subject.prototype->GetDescriptor(), bytes).has_value();
      ++(is_accepted ? accepted : refused);
    }
    EXPECT_GT(accepted, 100) << subject.schema->name;
    EXPECT_GT(refused, 100) << subject.schema->name;
  }
}

}  // namespace
}  // namespace etcdf::raft
