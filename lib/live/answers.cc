#include "live/answers.h"

#include <algorithm>
#include <limits>
#include <type_traits>
#include <utility>

#include "base/escape.h"
#include "json/json.h"

namespace etcdf::live {
namespace {

constexpr size_t kMaxTokenBytes = 8192;  // a signed JSON Web Token has some 500
constexpr size_t kMaxRefusalBytes = 300;

// Reads the members of an object, and keeps in mind the first that was not as it should be. Absent
// is zero, as protobuf's JSON has it.
class Fields {
 public:
  explicit Fields(const json::Value& object) : object_(object) {
    if (object.kind() != json::Value::Kind::kObject) bad_ = "the answer";
  }

  template <typename Number>
  Number Whole(std::string_view name) {
    const json::Value& value = object_[name];
    if (IsAbsent(value)) return 0;
    if constexpr (std::is_signed_v<Number>) {
      const auto number = value.Signed();
      return number ? *number : Bad<Number>(name);
    } else {
      const auto number = value.Unsigned();
      return number && *number <= std::numeric_limits<Number>::max() ? static_cast<Number>(*number)
                                                                     : Bad<Number>(name);
    }
  }

  bool Bool(std::string_view name) {
    const json::Value& value = object_[name];
    if (IsAbsent(value)) return false;
    const auto is = value.Bool();
    return is ? *is : Bad<bool>(name);
  }

  std::string Text(std::string_view name) {
    const json::Value& value = object_[name];
    if (IsAbsent(value)) return {};
    const auto text = value.Text();
    return text ? std::string(*text) : Bad<std::string>(name);
  }

  std::vector<std::string> Texts(std::string_view name) {
    std::vector<std::string> texts;
    const json::Value& value = object_[name];
    if (IsAbsent(value)) return texts;
    if (value.kind() != json::Value::Kind::kArray) return Bad<std::vector<std::string>>(name);
    for (const json::Value& item : value.items()) {
      const auto text = item.Text();
      if (!text) return Bad<std::vector<std::string>>(name);
      texts.emplace_back(*text);
    }
    return texts;
  }

  const json::Value& At(std::string_view name) const { return object_[name]; }
  bool Has(std::string_view name) const { return !IsAbsent(object_[name]); }

  template <typename T>
  T Bad(std::string_view name) {
    if (bad_.empty()) bad_ = name;
    return T{};
  }

  // `answer`, if all was well in it.
  template <typename T>
  Result<T> Checked(T answer) const {
    if (bad_.empty()) return answer;
    return Fail({.code = ErrorCode::kMalformed,
                 .what = "is missing, of the wrong type, or out of range in the member's answer",
                 .subject = bad_});
  }

 private:
  static bool IsAbsent(const json::Value& value) {
    return value.kind() == json::Value::Kind::kNull;
  }

  const json::Value& object_;
  std::string bad_;  // the name of the first bad field
};

Header ReadHeader(Fields& answer) {
  Fields fields(answer.At("header"));
  const Header header{.cluster_id = fields.Whole<uint64_t>("cluster_id"),
                      .member_id = fields.Whole<uint64_t>("member_id"),
                      .revision = fields.Whole<int64_t>("revision"),
                      .raft_term = fields.Whole<uint64_t>("raft_term")};
  return fields.Checked(header) ? header : answer.Bad<Header>("header");
}

MemberStatus ReadStatus(Fields& fields) {
  MemberStatus status{.header = ReadHeader(fields),
                      .version = fields.Text("version"),
                      .db_size_bytes = fields.Whole<int64_t>("dbSize"),
                      .db_size_in_use_bytes = fields.Whole<int64_t>("dbSizeInUse"),
                      .leader = fields.Whole<uint64_t>("leader"),
                      .raft_index = fields.Whole<uint64_t>("raftIndex"),
                      .raft_term = fields.Whole<uint64_t>("raftTerm"),
                      .raft_applied_index = fields.Whole<uint64_t>("raftAppliedIndex"),
                      .is_learner = fields.Bool("isLearner"),
                      .errors = fields.Texts("errors"),
                      .storage_version = fields.Text("storageVersion")};
  if (status.header.member_id == 0) fields.Bad<bool>("header.member_id");
  if (status.version.empty()) fields.Bad<bool>("version");
  return status;
}

}  // namespace

Result<MemberStatus> ParseStatus(std::string_view answer) {
  const auto value = json::Parse(answer);
  if (!value) return Fail(value.error());
  Fields fields(*value);
  return fields.Checked(ReadStatus(fields));
}

Result<KvHash> ParseKvHash(std::string_view answer) {
  const auto value = json::Parse(answer);
  if (!value) return Fail(value.error());
  Fields fields(*value);
  KvHash hash{.header = ReadHeader(fields),
              .hash = fields.Whole<uint32_t>("hash"),
              .compact_revision = fields.Whole<int64_t>("compact_revision")};
  if (fields.Has("hash_revision")) hash.hash_revision = fields.Whole<int64_t>("hash_revision");
  // Every version sends one of 1 or more: without it this is an answer to some other question.
  if (hash.header.revision <= 0) fields.Bad<bool>("header.revision");
  return fields.Checked(hash);
}

Result<std::string> ParseToken(std::string_view answer) {
  const auto value = json::Parse(answer);
  if (!value) return Fail(value.error());
  Fields fields(*value);
  std::string token = fields.Text("token");
  const bool is_plain = std::ranges::all_of(token, [](char c) { return c > ' ' && c < 0x7f; });
  if (token.empty() || token.size() > kMaxTokenBytes || !is_plain) fields.Bad<bool>("token");
  return fields.Checked(std::move(token));
}

Result<std::vector<std::string>> ParsePeerUrls(std::string_view answer, uint64_t member_id) {
  const auto value = json::Parse(answer);
  if (!value) return Fail(value.error());
  Fields fields(*value);
  std::vector<std::string> urls;
  for (const json::Value& item : (*value)["members"].items()) {
    Fields member(item);
    if (member.Whole<uint64_t>("ID") == member_id) urls = member.Texts("peerURLs");
    if (!member.Checked(true)) fields.Bad<bool>("members");
  }
  return fields.Checked(std::move(urls));
}

std::string RefusalText(std::string_view answer) {
  std::string text;
  if (const auto value = json::Parse(answer)) {
    // {"error":TEXT,"code":N} of one answer, {"error":{"message":TEXT}} in a stream,
    // {"message":TEXT} since grpc-gateway 2.
    const json::Value& error = (*value)["error"];
    for (const json::Value* place : {&error["message"], &error, &(*value)["message"]}) {
      if (text.empty()) text = place->Text().value_or("");
    }
  }
  if (text.empty()) text = answer;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  const bool is_cut = text.size() > kMaxRefusalBytes;
  return Printable(text.substr(0, kMaxRefusalBytes)) + (is_cut ? "..." : "");
}

}  // namespace etcdf::live
