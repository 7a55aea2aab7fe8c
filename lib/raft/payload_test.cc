#include "raft/payload.h"

#include <gtest/gtest.h>

#include <string>

#include "testing/proto_writer.h"

namespace etcdf::raft {
namespace {

using testing::ProtoWriter;

std::string WithHeader(ProtoWriter request) {
  const std::string header = ProtoWriter().Number(1, 0xabc).Bytes(2, "alice").Number(3, 19).bytes();
  return request.Bytes(100, header).bytes();
}

// As etcd 3.4 writes it: every scalar but the optional ones.
std::string V2Put() {
  return ProtoWriter()
      .Number(1, 0x7384a1f94dac5501)
      .Bytes(2, "PUT")
      .Bytes(3, "/1/app")
      .Bytes(4, "one")
      .Number(5, 0)
      .Bytes(6, "")
      .Number(7, 0)
      .Number(9, 0)
      .bytes();
}

TEST(Payload, NoDataIsANewLeadersEntry) {
  Payload payload;
  EXPECT_EQ(payload.Decode({}), PayloadKind::kEmpty);
  EXPECT_EQ(payload.request_name(), "");
  EXPECT_TRUE(payload.message());
  EXPECT_FALSE(payload.request());
  EXPECT_EQ(payload.request_id(), 0u);
}

TEST(Payload, ARequestHasItsFieldsNameAndTheHeader) {
  const std::string data = WithHeader(ProtoWriter().Bytes(4, ProtoWriter().Bytes(1, "k").bytes()));
  Payload payload;
  ASSERT_EQ(payload.Decode(AsBytes(data)), PayloadKind::kInternal);
  EXPECT_EQ(payload.request_name(), "put");
  EXPECT_EQ(payload.request().schema().name, "PutRequest");
  EXPECT_EQ(AsText(payload.request().BytesOf(1)), "k");
  EXPECT_EQ(payload.request_id(), 0xabcu);
  EXPECT_EQ(AsText(payload.username()), "alice");
  EXPECT_EQ(payload.auth_revision(), 19u);
}

TEST(Payload, ARequestWithoutFieldsIsThereAllTheSame) {
  const std::string data = WithHeader(ProtoWriter().Bytes(1000, ""));
  Payload payload;
  ASSERT_EQ(payload.Decode(AsBytes(data)), PayloadKind::kInternal);
  EXPECT_EQ(payload.request_name(), "auth_enable");
  EXPECT_TRUE(payload.request());
}

TEST(Payload, AHeaderAloneIsARequestWithoutName) {
  const std::string data = WithHeader(ProtoWriter());
  Payload payload;
  ASSERT_EQ(payload.Decode(AsBytes(data)), PayloadKind::kInternal);
  EXPECT_EQ(payload.request_name(), "");
  EXPECT_FALSE(payload.request());
}

TEST(Payload, OfSeveralRequestsTheOneThatEtcdApplies) {
  Payload payload;
  const std::string put_and_version = ProtoWriter().Bytes(4, "").Bytes(1300, "").bytes();
  payload.Decode(AsBytes(put_and_version));
  EXPECT_EQ(payload.request_name(), "cluster_version_set");
  const std::string alarm_and_checkpoint = ProtoWriter().Bytes(10, "").Bytes(11, "").bytes();
  payload.Decode(AsBytes(alarm_and_checkpoint));
  EXPECT_EQ(payload.request_name(), "lease_checkpoint");
}

// applyEntryNormal knows 31 kinds of request, v2 among them.
TEST(Payload, EveryRequestFieldHasItsPlaceInTheOrder) {
  size_t requests = 0;
  for (const FieldSchema& field : InternalRaftRequestSchema().fields) {
    if (field.name == "header" || field.name == "ID") continue;
    const std::string data = ProtoWriter().Bytes(field.number, "").bytes();
    Payload payload;
    ASSERT_EQ(payload.Decode(AsBytes(data)), PayloadKind::kInternal);
    EXPECT_EQ(payload.request_name(), field.name);
    ++requests;
  }
  EXPECT_EQ(requests, 31u);
}

TEST(Payload, AV2RequestIsToldByItsMethod) {
  const std::string data = V2Put();
  Payload payload;
  ASSERT_EQ(payload.Decode(AsBytes(data)), PayloadKind::kV2Request);
  EXPECT_EQ(payload.request_name(), "v2");
  EXPECT_EQ(AsText(payload.request().BytesOf(3)), "/1/app");
  EXPECT_EQ(payload.request_id(), 0x7384a1f94dac5501u);
  EXPECT_TRUE(payload.username().empty());
  EXPECT_EQ(payload.auth_revision(), 0u);
}

TEST(Payload, AV2RequestMayStandInsideAnInternalOne) {
  const std::string data = ProtoWriter().Bytes(2, V2Put()).bytes();
  Payload payload;
  ASSERT_EQ(payload.Decode(AsBytes(data)), PayloadKind::kInternal);
  EXPECT_EQ(payload.request_name(), "v2");
  EXPECT_EQ(AsText(payload.request().BytesOf(2)), "PUT");
  EXPECT_EQ(payload.request_id(), 0x7384a1f94dac5501u);
}

TEST(Payload, TheOldPlaceOfTheIdGoesFirst) {
  const std::string data = WithHeader(ProtoWriter().Number(1, 0x123));
  Payload payload;
  payload.Decode(AsBytes(data));
  EXPECT_EQ(payload.request_id(), 0x123u);
}

TEST(Payload, WhatIsNeitherIsUnknownAndForgetsTheOneBefore) {
  const std::string put = WithHeader(ProtoWriter().Bytes(4, ""));
  Payload payload;
  payload.Decode(AsBytes(put));
  EXPECT_EQ(payload.Decode(AsBytes("not protobuf")), PayloadKind::kUnknown);
  EXPECT_EQ(payload.request_name(), "");
  EXPECT_FALSE(payload.message());
  EXPECT_FALSE(payload.request());
  EXPECT_EQ(payload.request_id(), 0u);
  EXPECT_TRUE(payload.username().empty());
}

// Read as a v2 request, a transaction is one without a method.
TEST(Payload, ATransactionNestedTooDeepIsNotTakenForAV2Request) {
  std::string txn;
  for (int i = 0; i < Message::kMaxDepth; ++i) {
    txn = ProtoWriter().Bytes(2, ProtoWriter().Bytes(4, txn).bytes()).bytes();
  }
  const std::string data = ProtoWriter().Bytes(6, txn).bytes();
  Payload payload;
  EXPECT_EQ(payload.Decode(AsBytes(data)), PayloadKind::kUnknown);
  EXPECT_FALSE(payload.message());
}

}  // namespace
}  // namespace etcdf::raft
