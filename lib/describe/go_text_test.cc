#include "describe/go_text.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <string>

#include "base/escape.h"
#include "proto/annotations.pb.h"
#include "raft/payload.h"
#include "testing/proto_writer.h"
#include "testing/protobuf_twin.h"
#include "testing/seed.h"

namespace etcdf::describe {
namespace {

using output::ValueFormat;
using output::ValueStyle;
using std::string_literals::operator""s;
using std::string_view_literals::operator""sv;
using testing::ProtoWriter;

std::string TextOf(const raft::MessageSchema& schema, std::string_view bytes,
                   const ValueFormat& format = {}) {
  raft::Message message;
  EXPECT_EQ(message.Parse(schema, AsBytes(bytes)), raft::ParseVerdict::kAccepted);
  std::string text;
  AppendGoText(text, message.root(), format);
  return text;
}

std::string RequestText(const std::string& bytes, const ValueFormat& format = {}) {
  return TextOf(raft::InternalRaftRequestSchema(), bytes, format);
}

// The expected texts of this test are what etcd-dump-logs 3.6.9 printed for such entries, or follow
// from text_encode.go where no server writes such a thing.

TEST(GoText, PrintsTheHeaderFirstAndASpaceAfterEachField) {
  const std::string header = ProtoWriter().Number(1, 3352826539653725033).bytes();
  const std::string put = ProtoWriter().Bytes(1, "a/b").Bytes(2, "v").Number(3, 7).bytes();
  EXPECT_EQ(RequestText(ProtoWriter().Bytes(4, put).Bytes(100, header).bytes()),
            "header:<ID:3352826539653725033 > put:<key:\"a/b\" value:\"v\" lease:7 > ");
}

TEST(GoText, PrintsEmptyMessagesAndNothingForNoFields) {
  EXPECT_EQ(RequestText(""), "");
  EXPECT_EQ(RequestText(ProtoWriter().Bytes(1000, "").bytes()), "auth_enable:<> ");
}

TEST(GoText, LeavesOutZerosThatStandOnTheWire) {
  const std::string put = ProtoWriter().Bytes(1, "").Number(3, 0).Number(4, 0).bytes();
  EXPECT_EQ(RequestText(ProtoWriter().Bytes(4, put).bytes()), "put:<> ");
}

TEST(GoText, ShowsAOneofsMemberEvenWhenZero) {
  const std::string compare = ProtoWriter().Bytes(3, "k").Number(4, 0).bytes();
  const std::string value = ProtoWriter().Number(2, 3).Bytes(7, "").bytes();
  const std::string txn = ProtoWriter().Bytes(1, compare).Bytes(1, value).bytes();
  EXPECT_EQ(RequestText(ProtoWriter().Bytes(6, txn).bytes()),
            "txn:<compare:<key:\"k\" version:0 > compare:<target:VALUE value:\"\" > > ");
}

TEST(GoText, PrintsNumbersOfEnumsWithoutAName) {
  const std::string alarm = ProtoWriter().Number(1, 7).Number(3, UINT64_MAX).bytes();
  EXPECT_EQ(RequestText(ProtoWriter().Bytes(10, alarm).bytes()), "alarm:<action:7 alarm:-1 > ");
}

TEST(GoText, PrintsNegativeNumbersWithTheirSign) {
  const std::string grant =
      ProtoWriter().Number(1, static_cast<uint64_t>(std::numeric_limits<int64_t>::min())).bytes();
  EXPECT_EQ(RequestText(ProtoWriter().Bytes(8, grant).bytes()),
            "lease_grant:<TTL:-9223372036854775808 > ");
}

TEST(GoText, QuotesInOctal) {
  const std::string put = ProtoWriter().Bytes(1, "\0\"\\\n\t\x7f\xff z"sv).bytes();
  EXPECT_EQ(RequestText(ProtoWriter().Bytes(4, put).bytes()),
            "put:<key:\"\\000\\\"\\\\\\n\\t\\177\\377 z\" > ");
}

TEST(GoText, TellsAbsentFromZeroWhereProto2PointersDo) {
  const std::string request = ProtoWriter()
                                  .Bytes(2, "PUT")
                                  .Number(5, 0)   // Dir, a plain value
                                  .Number(8, 0)   // PrevExist, a pointer
                                  .Number(17, 0)  // Refresh, a pointer
                                  .bytes();
  EXPECT_EQ(RequestText(ProtoWriter().Bytes(2, request).bytes()),
            "v2:<Method:\"PUT\" PrevExist:false Refresh:false > ");
}

TEST(GoText, PrintsRawRecordsAsUpstreamDoes) {
  const std::string entry =
      ProtoWriter().Number(1, 1).Number(2, 2).Number(3, 9).Bytes(4, "").bytes();
  EXPECT_EQ(TextOf(raft::EntrySchema(), entry), "Term:2 Index:9 Type:EntryConfChange Data:\"\" ");
  const std::string normal = ProtoWriter().Number(1, 0).Number(2, 2).Number(3, 9).bytes();
  EXPECT_EQ(TextOf(raft::EntrySchema(), normal), "Term:2 Index:9 ");
  const std::string state = ProtoWriter().Number(1, 2).Number(2, 0).Number(3, 5).bytes();
  EXPECT_EQ(TextOf(raft::HardStateSchema(), state), "term:2 commit:5 ");
  const std::string conf_state = ProtoWriter().Number(1, 8).Number(1, 9).Number(5, 0).bytes();
  const std::string snapshot =
      ProtoWriter().Number(1, 51).Number(2, 2).Bytes(3, conf_state).bytes();
  EXPECT_EQ(TextOf(raft::WalSnapshotSchema(), snapshot),
            "index:51 term:2 conf_state:<voters:8 voters:9 > ");
  EXPECT_EQ(TextOf(raft::WalSnapshotSchema(), ""), "");
  const std::string metadata = ProtoWriter().Number(1, 3).Number(2, 4).bytes();
  EXPECT_EQ(TextOf(raft::MetadataSchema(), metadata), "NodeID:3 ClusterID:4 ");
}

TEST(GoText, PrintsUnknownFieldsByNumberAfterTheKnownOnes) {
  const std::string put = ProtoWriter().Number(77, 5).Bytes(78, "\xc3\xa9\n").Bytes(1, "k").bytes();
  EXPECT_EQ(RequestText(ProtoWriter().Bytes(4, put).bytes()), "put:<key:\"k\" 77:5 78:\"é\\n\" > ");
  const std::string fixed = "\x85\x06\x01\x02\x00\x00\x81\x06\xff\xff\xff\xff\xff\xff\xff\xff"s;
  EXPECT_EQ(RequestText(fixed), "96:513 96:18446744073709551615 ");
  const std::string group = "\x83\x06\x08\x05\x84\x06"s;  // 96 { 1: 5 }
  EXPECT_EQ(RequestText(group), "96 { 1:5 } ");
}

// Upstream's printer gives up where its reader did not; what it wrote by then stays.
TEST(GoText, StopsInUnknownFieldsWhereUpstreamDoes) {
  const std::string good = ProtoWriter().Number(77, 5).bytes();
  const std::string overlong = "\x80\x06\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"s;
  EXPECT_EQ(RequestText(good + overlong + good), "77:5 96:");
  // Field 77 + 2^32, which gogo takes for 77.
  const std::string huge_number = "\xe8\x84\x80\x80\x80\x01\x05"s;
  EXPECT_EQ(RequestText(good + huge_number + good), "77:5 ");
  const std::string zero_in_group("\x83\x06\x00\x00\x84\x06", 6);
  EXPECT_EQ(RequestText(zero_in_group + good), "96 { ");
}

std::string PutOf(std::string_view value) {
  return ProtoWriter().Bytes(4, ProtoWriter().Bytes(1, "k").Bytes(2, value).bytes()).bytes();
}

TEST(GoText, ValuesFollowTheStyle) {
  EXPECT_EQ(RequestText(PutOf("ab\xff"), {.style = ValueStyle::kHex}),
            "put:<key:\"k\" value:6162ff > ");
  EXPECT_EQ(RequestText(PutOf("ab\xff"), {.style = ValueStyle::kBase64}),
            "put:<key:\"k\" value:YWL/ > ");
  EXPECT_EQ(RequestText(PutOf("ab\xff"), {.style = ValueStyle::kSize}),
            "put:<key:\"k\" value:<size:3> > ");
  EXPECT_EQ(RequestText(PutOf("ab\xff"), {.style = ValueStyle::kNone}), "put:<key:\"k\" > ");
}

TEST(GoText, RedactionLeavesSizeAndFingerprintWhateverTheStyle) {
  // XXH3-64 of the empty input is published in xxHash's specification.
  const std::string compare = ProtoWriter().Bytes(3, "k").Bytes(7, "").bytes();
  const std::string txn = ProtoWriter().Bytes(1, compare).bytes();
  for (const ValueStyle style : {ValueStyle::kQuoted, ValueStyle::kHex, ValueStyle::kNone}) {
    EXPECT_EQ(RequestText(ProtoWriter().Bytes(6, txn).bytes(), {.style = style, .redact = true}),
              "txn:<compare:<key:\"k\" value:<size:0 xxh3:2d06800538d394c2> > > ");
  }
}

TEST(GoText, RedactionReachesRawEntriesV2ValuesAndUnknownFields) {
  const ValueFormat redact{.redact = true};
  const std::string secret = "s3cret";
  const std::string v2 = ProtoWriter().Bytes(2, "PUT").Bytes(4, secret).Bytes(6, secret).bytes();
  for (const std::string& text :
       {TextOf(raft::EntrySchema(), ProtoWriter().Bytes(4, secret).bytes(), redact),
        TextOf(raft::V2RequestSchema(), v2, redact), RequestText(PutOf(secret), redact),
        RequestText(ProtoWriter().Bytes(96, secret).bytes(), redact)}) {
    EXPECT_EQ(text.find(secret), std::string::npos) << text;
    EXPECT_NE(text.find("<size:6 xxh3:"), std::string::npos) << text;
  }
}

std::string UserAdd() {
  const std::string user = ProtoWriter().Bytes(1, "alice").Bytes(2, "pw").Bytes(4, "hash").bytes();
  return ProtoWriter().Bytes(1100, user).bytes();
}

std::string PasswordChange() {
  const std::string user = ProtoWriter().Bytes(1, "alice").Bytes(2, "pw").Bytes(3, "hash").bytes();
  return ProtoWriter().Bytes(1103, user).bytes();
}

TEST(GoText, SecretsAreRemoved) {
  EXPECT_EQ(RequestText(UserAdd()),
            "auth_user_add:<name:\"alice\" password:\"<value removed>\" "
            "hashedPassword:\"<value removed>\" > ");
  EXPECT_EQ(RequestText(UserAdd(), {.redact = true}), RequestText(UserAdd()));
}

TEST(GoText, ShowSecretsRemovesWhatUpstreamRemovesAndNothingElse) {
  const ValueFormat show{.show_secrets = true};
  EXPECT_EQ(RequestText(UserAdd(), show),
            "auth_user_add:<name:\"alice\" password:\"pw\" hashedPassword:\"hash\" > ");
  EXPECT_EQ(RequestText(PasswordChange(), show),
            "auth_user_change_password:<name:\"alice\" password:\"<value removed>\" "
            "hashedPassword:\"hash\" > ");
}

TEST(GoText, TokensPrintUnlessRedacted) {
  const std::string login = ProtoWriter().Bytes(1, "alice").Bytes(3, "token.7").bytes();
  const std::string bytes = ProtoWriter().Bytes(1012, login).bytes();
  EXPECT_EQ(RequestText(bytes), "authenticate:<name:\"alice\" simple_token:\"token.7\" > ");
  EXPECT_EQ(RequestText(bytes, {.redact = true}).find("token.7"), std::string::npos);
}

TEST(GoText, SecretsShownUnderRedactionAreFingerprints) {
  const std::string text = RequestText(UserAdd(), {.redact = true, .show_secrets = true});
  EXPECT_EQ(text.find("pw"), std::string::npos);
  EXPECT_EQ(text.find("\"hash\""), std::string::npos);
  EXPECT_NE(text.find("password:<size:2 xxh3:"), std::string::npos);
}

std::string V2Line(const ProtoWriter& request, const ValueFormat& format = {}) {
  raft::Message message;
  EXPECT_EQ(message.Parse(raft::V2RequestSchema(), AsBytes(request.bytes())),
            raft::ParseVerdict::kAccepted);
  std::string line;
  AppendV2RequestLine(line, message.root(), format);
  return line;
}

TEST(V2RequestLine, PrintsEachMethodInItsWay) {
  EXPECT_EQ(V2Line(ProtoWriter().Number(1, 5)), "\tnoop");
  EXPECT_EQ(V2Line(ProtoWriter().Bytes(2, "SYNC").Number(15, 1795183980105984699)),
            "\tmethod=SYNC time=\"2026-11-20 14:13:00.105984699 +0000 UTC\"");
  EXPECT_EQ(V2Line(ProtoWriter().Bytes(2, "QGET").Bytes(3, "/2/users/root").Bytes(4, "x")),
            "\tmethod=QGET path=\"/2/users/root\"");
  EXPECT_EQ(V2Line(ProtoWriter().Bytes(2, "DELETE").Bytes(3, "/1/app/b")),
            "\tmethod=DELETE path=\"/1/app/b\"");
  EXPECT_EQ(V2Line(ProtoWriter().Bytes(2, "PUT").Bytes(3, "/1/ключ/日本").Bytes(4, "q\"\n")),
            "\tmethod=PUT path=\"/1/ключ/日本\" val=\"q\\\"\\n\"");
  EXPECT_EQ(V2Line(ProtoWriter().Bytes(2, "POST").Bytes(3, "/1/q")),
            "\tmethod=POST path=\"/1/q\" val=\"\"");
}

TEST(V2RequestLine, ShortensFrom128BytesOn) {
  const std::string path = std::string(64, 'a') + std::string(64, 'b');
  const std::string line = V2Line(ProtoWriter().Bytes(2, "PUT").Bytes(3, path).Bytes(4, path));
  EXPECT_EQ(line, "\tmethod=PUT path=\"" + std::string(64, 'a') + "\"...\"" + std::string(64, 'b') +
                      "\" val=\"" + path + "\"...\"\"");
  const std::string shorter = path.substr(1);
  EXPECT_EQ(V2Line(ProtoWriter().Bytes(2, "PUT").Bytes(3, shorter).Bytes(4, shorter)),
            "\tmethod=PUT path=\"" + shorter + "\" val=\"" + shorter + "\"");
}

TEST(V2RequestLine, NoControlCharacterOfAMethodReachesATerminal) {
  EXPECT_EQ(V2Line(ProtoWriter().Bytes(2, "\x1b[2J")), "\tmethod=\\033[2J path=\"\" val=\"\"");
}

TEST(V2RequestLine, ValuesFollowTheFormat) {
  const ProtoWriter request = ProtoWriter().Bytes(2, "PUT").Bytes(3, "/1/a").Bytes(4, "ab");
  EXPECT_EQ(V2Line(request, {.style = ValueStyle::kHex}), "\tmethod=PUT path=\"/1/a\" val=6162");
  EXPECT_EQ(V2Line(request, {.style = ValueStyle::kNone}), "\tmethod=PUT path=\"/1/a\"");
  const std::string redacted = V2Line(request, {.redact = true});
  EXPECT_TRUE(redacted.starts_with("\tmethod=PUT path=\"/1/a\" val=<size:2 xxh3:")) << redacted;
}

std::string ConfChangeLine(std::string_view data) {
  std::string line;
  AppendConfChangeLine(line, AsBytes(data));
  return line;
}

TEST(ConfChangeLine, NamesTheChangeAndTheMember) {
  EXPECT_EQ(ConfChangeLine(ProtoWriter().Number(2, 0).Number(3, 0xdd4516d4dada7384).bytes()),
            "\tmethod=ConfChangeAddNode id=dd4516d4dada7384");
  EXPECT_EQ(ConfChangeLine(ProtoWriter().Number(2, 3).Number(3, 0xa).bytes()),
            "\tmethod=ConfChangeAddLearnerNode id=a");
  EXPECT_EQ(ConfChangeLine(ProtoWriter().Number(2, 9).bytes()), "\tmethod=9 id=0");
  EXPECT_EQ(ConfChangeLine("\xff"), "\t???");
}

TEST(ConfStateJson, IsAsGosEncoderGivesIt) {
  std::string json;
  AppendConfStateJson(json, {});
  EXPECT_EQ(json, "{\"auto_leave\":false}");
  json.clear();
  AppendConfStateJson(json, {.voters = {1, UINT64_MAX},
                             .learners = {2},
                             .voters_outgoing = {3},
                             .learners_next = {4},
                             .auto_leave = true});
  EXPECT_EQ(json,
            "{\"voters\":[1,18446744073709551615],\"learners\":[2],\"voters_outgoing\":[3],"
            "\"learners_next\":[4],\"auto_leave\":true}");
}

std::string GoTime(int64_t unix_nanoseconds) {
  std::string text;
  AppendGoTime(text, unix_nanoseconds);
  return text;
}

TEST(GoTime, HasNoTrailingZerosAndNoPointWithoutFraction) {
  EXPECT_EQ(GoTime(0), "1970-01-01 00:00:00 +0000 UTC");
  EXPECT_EQ(GoTime(100'000'000), "1970-01-01 00:00:00.1 +0000 UTC");
  EXPECT_EQ(GoTime(1), "1970-01-01 00:00:00.000000001 +0000 UTC");
}

TEST(GoTime, CoversEveryNumberOfNanoseconds) {
  EXPECT_EQ(GoTime(-1), "1969-12-31 23:59:59.999999999 +0000 UTC");
  EXPECT_EQ(GoTime(std::numeric_limits<int64_t>::min()), "1677-09-21 00:12:43.145224192 +0000 UTC");
  EXPECT_EQ(GoTime(std::numeric_limits<int64_t>::max()), "2262-04-11 23:47:16.854775807 +0000 UTC");
}

const raft::MessageSchema* SchemaNamed(std::string_view name) {
  for (const testing::TwinSubject& subject : testing::TwinSubjects()) {
    if (subject.schema->name == name) return subject.schema;
  }
  return nullptr;
}

std::string FromHex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

// testdata/go-text/upstream.txt: the type, the message in hex, and "[text]" or "refused".
TEST(GoText, AnswersAsEtcdsOwnCodeDidForSoundAndDamagedMessages) {
  std::ifstream file(ETCDF_TESTDATA "/go-text/upstream.txt");
  size_t accepted = 0;
  size_t refused = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    const size_t hex_at = line.find(' ') + 1;
    const size_t text_at = line.find(' ', hex_at) + 1;
    const raft::MessageSchema* const schema = SchemaNamed(line.substr(0, hex_at - 1));
    ASSERT_NE(schema, nullptr) << line;
    const std::string bytes = FromHex(line.substr(hex_at, text_at - 1 - hex_at));
    raft::Message message;
    std::string answer = "refused";
    if (message.Parse(*schema, AsBytes(bytes)) == raft::ParseVerdict::kAccepted) {
      answer = "[";
      AppendGoText(answer, message.root(), {.show_secrets = true});
      answer += ']';
    }
    EXPECT_EQ(answer, line.substr(text_at)) << line;
    ++(answer == "refused" ? refused : accepted);
  }
  EXPECT_GT(accepted, 100u);
  EXPECT_GT(refused, 100u);
}

// A second printer, from protobuf's reflection over the generated classes. It prints what protobuf
// itself has read, so it is good for what protobuf has written.
std::string ReflectedText(const google::protobuf::Message& message) {
  using google::protobuf::FieldDescriptor;
  const auto& access = *message.GetReflection();
  const auto& type = *message.GetDescriptor();
  std::string text;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const int count = field.is_repeated() ? access.FieldSize(message, &field)
                                          : static_cast<int>(access.HasField(message, &field));
    for (int j = 0; j < count; ++j) {
      const bool many = field.is_repeated();
      std::string value;
      bool is_zero = false;
      const auto take_number = [&](auto number) {
        value = std::to_string(number);
        is_zero = number == 0;
      };
      switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_INT64: take_number(access.GetInt64(message, &field)); break;
        case FieldDescriptor::CPPTYPE_UINT64:
          take_number(many ? access.GetRepeatedUInt64(message, &field, j)
                           : access.GetUInt64(message, &field));
          break;
        case FieldDescriptor::CPPTYPE_BOOL:
          is_zero = !access.GetBool(message, &field);
          value = is_zero ? "false" : "true";
          break;
        case FieldDescriptor::CPPTYPE_ENUM: {
          const int number = access.GetEnumValue(message, &field);
          const auto* const named = field.enum_type()->FindValueByNumber(number);
          take_number(number);
          if (named != nullptr) value = named->name();
          break;
        }
        case FieldDescriptor::CPPTYPE_STRING: {
          const std::string bytes = many ? access.GetRepeatedString(message, &field, j)
                                         : access.GetString(message, &field);
          is_zero = bytes.empty();
          AppendQuoted(value, AsBytes(bytes));
          break;
        }
        default:
          value = "<" +
                  ReflectedText(many ? access.GetRepeatedMessage(message, &field, j)
                                     : access.GetMessage(message, &field)) +
                  ">";
      }
      const bool is_proto2_bytes = field.type() == FieldDescriptor::TYPE_BYTES &&
                                   field.has_presence() && field.containing_oneof() == nullptr;
      const bool is_pointer = field.options().GetExtension(annotations::pointer);
      const bool is_plain = !many && field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE &&
                            field.containing_oneof() == nullptr && !is_proto2_bytes && !is_pointer;
      if (is_plain && is_zero) continue;
      text += field.name() + ":" + value + " ";
    }
  }
  return text;
}

using GoTextAgainstReflection = testing::SeededTest;

TEST_F(GoTextAgainstReflection, PrintsWhatProtobufHasWrittenAlike) {
  for (const testing::TwinSubject& subject : testing::TwinSubjects()) {
    for (int i = 0; i < 500; ++i) {
      const auto message = testing::RandomMessage(*subject.prototype, random());
      message->DiscardUnknownFields();
      // The plain password of a change is removed even when secrets show; that has its own test.
      if (message->ShortDebugString().find("auth_user_change_password") != std::string::npos) {
        continue;
      }
      ASSERT_EQ(TextOf(*subject.schema, message->SerializeAsString(), {.show_secrets = true}),
                ReflectedText(*message))
          << subject.schema->name;
    }
  }
}

}  // namespace
}  // namespace etcdf::describe
