#include "describe/json.h"

#include <gtest/gtest.h>

#include <string>

#include "testing/proto_writer.h"

namespace etcdf::describe {
namespace {

using output::ValueFormat;
using output::ValueStyle;
using testing::ProtoWriter;

std::string JsonOf(const raft::MessageSchema& schema, const std::string& bytes,
                   const ValueFormat& format = {}) {
  raft::Message message;
  EXPECT_EQ(message.Parse(schema, AsBytes(bytes)), raft::ParseVerdict::kAccepted);
  std::string out;
  output::JsonWriter json(out);
  WriteJson(json, message.root(), format);
  return out;
}

std::string RequestJson(const ProtoWriter& request, const ValueFormat& format = {}) {
  return JsonOf(raft::InternalRaftRequestSchema(), request.bytes(), format);
}

ProtoWriter Put(std::string_view value) {
  return ProtoWriter().Bytes(4, ProtoWriter().Bytes(1, "k").Bytes(2, value).bytes());
}

TEST(Json, HasTheProtosNamesAndIdsInHex) {
  const std::string header = ProtoWriter().Number(1, 0x2e87a1f9498ffa05).Number(3, 19).bytes();
  const std::string put =
      ProtoWriter().Bytes(1, "k").Number(3, 0x5151515151515151).Number(4, 1).bytes();
  EXPECT_EQ(RequestJson(ProtoWriter().Bytes(4, put).Bytes(100, header)),
            R"({"header":{"ID":"2e87a1f9498ffa05","auth_revision":19},)"
            R"("put":{"key":"k","lease":"5151515151515151","prev_kv":true}})");
}

TEST(Json, RepeatedFieldsAreArraysAndEnumsNames) {
  const std::string compare = ProtoWriter().Number(1, 1).Bytes(3, "k").Number(4, 0).bytes();
  const std::string odd = ProtoWriter().Number(1, 9).bytes();
  const std::string txn = ProtoWriter().Bytes(1, compare).Bytes(1, odd).bytes();
  EXPECT_EQ(RequestJson(ProtoWriter().Bytes(6, txn)),
            R"({"txn":{"compare":[{"result":"GREATER","key":"k","version":0},{"result":9}]}})");
  const std::string attributes = ProtoWriter().Bytes(2, "http://a").Bytes(2, "\xff").bytes();
  EXPECT_EQ(RequestJson(ProtoWriter().Bytes(
                1301, ProtoWriter().Number(1, 10).Bytes(2, attributes).bytes())),
            R"({"cluster_member_attr_set":{"member_ID":"a",)"
            R"("member_attributes":{"client_urls":["http://a","\\377"]}}})");
}

TEST(Json, ZerosAreLeftOutExceptWhereTheyMeanSomething) {
  const std::string put = ProtoWriter().Bytes(1, "").Number(3, 0).Number(4, 0).bytes();
  EXPECT_EQ(RequestJson(ProtoWriter().Bytes(4, put)), R"({"put":{}})");
  const std::string compare = ProtoWriter().Number(2, 4).Number(8, 0).bytes();
  EXPECT_EQ(RequestJson(ProtoWriter().Bytes(6, ProtoWriter().Bytes(1, compare).bytes())),
            R"({"txn":{"compare":[{"target":"LEASE","lease":"0"}]}})");
}

TEST(Json, NumbersAreExactAndSigned) {
  const std::string grant =
      ProtoWriter().Number(1, static_cast<uint64_t>(-1)).Number(2, UINT64_MAX).bytes();
  EXPECT_EQ(RequestJson(ProtoWriter().Bytes(8, grant)),
            R"({"lease_grant":{"TTL":-1,"ID":"ffffffffffffffff"}})");
}

TEST(Json, ValuesFollowTheStyle) {
  const ProtoWriter put = Put("ab\xff");
  EXPECT_EQ(RequestJson(put), R"({"put":{"key":"k","value":"ab\\377","value_b64":"YWL/"}})");
  EXPECT_EQ(RequestJson(put, {.style = ValueStyle::kHex}),
            R"({"put":{"key":"k","value":"6162ff"}})");
  EXPECT_EQ(RequestJson(put, {.style = ValueStyle::kBase64}),
            R"({"put":{"key":"k","value":"YWL/"}})");
  EXPECT_EQ(RequestJson(put, {.style = ValueStyle::kSize}),
            R"({"put":{"key":"k","value_size":3}})");
  EXPECT_EQ(RequestJson(put, {.style = ValueStyle::kNone}), R"({"put":{"key":"k"}})");
}

TEST(Json, RedactionLeavesSizeAndFingerprint) {
  // XXH3-64 of the empty input is published in xxHash's specification.
  const std::string compare = ProtoWriter().Bytes(3, "k").Bytes(7, "").bytes();
  const ProtoWriter txn = ProtoWriter().Bytes(6, ProtoWriter().Bytes(1, compare).bytes());
  EXPECT_EQ(RequestJson(txn, {.redact = true}),
            R"({"txn":{"compare":[{"key":"k","value":{"size":0,"xxh3":"2d06800538d394c2"}}]}})");
}

TEST(Json, SecretsAreRemovedUnlessShown) {
  const std::string user = ProtoWriter().Bytes(1, "alice").Bytes(2, "pw").Bytes(4, "hash").bytes();
  const ProtoWriter add = ProtoWriter().Bytes(1100, user);
  const std::string removed = R"({"auth_user_add":{"name":"alice","password":"<value removed>",)"
                              R"("hashedPassword":"<value removed>"}})";
  EXPECT_EQ(RequestJson(add), removed);
  EXPECT_EQ(RequestJson(add, {.redact = true}), removed);
  EXPECT_EQ(RequestJson(add, {.show_secrets = true}),
            R"({"auth_user_add":{"name":"alice","password":"pw","hashedPassword":"hash"}})");
  const std::string login = ProtoWriter().Bytes(1, "alice").Bytes(3, "token.7").bytes();
  EXPECT_EQ(RequestJson(ProtoWriter().Bytes(1012, login)),
            R"({"authenticate":{"name":"alice","simple_token":"<value removed>"}})");
}

TEST(Json, ValuesOfV2UsersAreSecrets) {
  const ProtoWriter user = ProtoWriter()
                               .Bytes(2, "PUT")
                               .Bytes(3, "/2/users/root")
                               .Bytes(4, "{\"password\":\"hash\"}")
                               .Bytes(6, "old hash");
  EXPECT_EQ(JsonOf(raft::V2RequestSchema(), user.bytes()),
            R"({"Method":"PUT","Path":"/2/users/root","Val":"<value removed>",)"
            R"("PrevValue":"<value removed>"})");
  EXPECT_EQ(RequestJson(ProtoWriter().Bytes(2, user.bytes()), {.show_secrets = true}),
            R"({"v2":{"Method":"PUT","Path":"/2/users/root","Val":"{\"password\":\"hash\"}",)"
            R"("PrevValue":"old hash"}})");
  const ProtoWriter role = ProtoWriter().Bytes(3, "/2/roles/r").Bytes(4, "x");
  EXPECT_EQ(JsonOf(raft::V2RequestSchema(), role.bytes()), R"({"Path":"/2/roles/r","Val":"x"})");
}

TEST(Json, UnknownFieldsStandTogether) {
  const ProtoWriter request = ProtoWriter().Number(77, 5).Bytes(1000, "").Bytes(78, "x");
  // e8 04 05, f2 04 01 78
  EXPECT_EQ(RequestJson(request), R"({"auth_enable":{},"unknown_b64":"6AQF8gQBeA=="})");
  EXPECT_EQ(RequestJson(request, {.redact = true})
                .find(R"({"auth_enable":{},"unknown":{"size":7,"xxh3":")"),
            0u);
}

TEST(ConfChangeJson, NamesTheChangeEvenWhenItsNumberIsZero) {
  std::string out;
  output::JsonWriter json(out);
  const std::string change = ProtoWriter()
                                 .Number(1, 0)
                                 .Number(2, 0)
                                 .Number(3, 0xdd4516d4dada7384)
                                 .Bytes(4, "{\"id\":7}")
                                 .bytes();
  ASSERT_TRUE(WriteConfChangeJson(json, AsBytes(change)));
  EXPECT_EQ(out,
            R"({"type":"ConfChangeAddNode","node_id":"dd4516d4dada7384","context":"{\"id\":7}"})");
}

TEST(ConfChangeJson, WritesNothingOfWhatIsNone) {
  std::string out;
  output::JsonWriter json(out);
  EXPECT_FALSE(WriteConfChangeJson(json, AsBytes("\xff")));
  EXPECT_FALSE(WriteConfChangeV2Json(json, AsBytes("\xff")));
  EXPECT_EQ(out, "");
}

TEST(ConfChangeJson, ListsTheChangesOfV2) {
  std::string out;
  output::JsonWriter json(out);
  const std::string add = ProtoWriter().Number(1, 3).Number(2, 0xa).bytes();
  const std::string change = ProtoWriter().Number(1, 2).Bytes(2, add).bytes();
  ASSERT_TRUE(WriteConfChangeV2Json(json, AsBytes(change)));
  EXPECT_EQ(out, R"({"transition":"ConfChangeTransitionJointExplicit",)"
                 R"("changes":[{"type":"ConfChangeAddLearnerNode","node_id":"a"}]})");
}

}  // namespace
}  // namespace etcdf::describe
