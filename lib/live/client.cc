#include "live/client.h"

#include <utility>

#include "base/escape.h"
#include "io/new_file.h"
#include "live/snapshot_stream.h"
#include "output/json_writer.h"

namespace etcdf::live {
namespace {

constexpr long kOk = 200;
constexpr long kNotFound = 404;

// A failure to understand an answer, with the place where it came from.
template <typename T>
Result<T> From(const std::string& url, Result<T> parsed) {
  if (parsed) return parsed;
  Error error = std::move(parsed).error();
  error.subject = error.subject.empty() ? url : url + ": " + error.subject;
  return Fail(std::move(error));
}

std::string RefusedSubject(const std::string& url, const Answer& answer) {
  const std::string text = RefusalText(answer.body);
  return url + ": status " + std::to_string(answer.status) +
         (text.empty() ? "" : " \"" + text + "\"");
}

Result<void> CheckStatus(const std::string& url, const Answer& answer) {
  if (answer.status == kOk) return {};
  const bool is_redirect = answer.status >= 300 && answer.status < 400;
  return Fail({.code = answer.status == kNotFound ? ErrorCode::kNotFound : ErrorCode::kIo,
               .what = is_redirect ? "points elsewhere, where nobody follows" : "refuses",
               .subject = RefusedSubject(url, answer)});
}

// A number in the body of a request to the client URL is a string, to the peer URL a number.
std::string RevisionBody(int64_t revision, bool as_text) {
  std::string body;
  output::JsonWriter json(body);
  json.BeginObject();
  if (as_text) {
    json.Text("revision", std::to_string(revision));
  } else {
    json.Int("revision", revision);
  }
  json.EndObject();
  return body;
}

}  // namespace

Result<Client> Client::Open(const std::string& endpoint, Options options) {
  auto parsed = ParseEndpoint(endpoint);
  if (!parsed) return Fail(std::move(parsed).error());
  Client client(*std::move(parsed), std::move(options));
  if (!client.options_.user.empty()) {
    if (auto done = client.Authenticate(); !done) return Fail(std::move(done).error());
  }
  return client;
}

Result<void> Client::Authenticate() {
  const size_t colon = options_.user.find(':');
  if (colon == options_.user.npos) {
    return Fail({.code = ErrorCode::kUsage, .what = "a user is given as NAME:PASSWORD"});
  }
  std::string body;
  output::JsonWriter json(body);
  json.BeginObject();
  json.Text("name", std::string_view(options_.user).substr(0, colon));
  json.Text("password", std::string_view(options_.user).substr(colon + 1));
  json.EndObject();
  const std::string url = endpoint_.url + "/v3/auth/authenticate";
  auto answer = Exchange({.url = url, .body = std::move(body)}, options_);
  if (!answer) return Fail(std::move(answer).error());
  if (answer->status != kOk) {
    // As etcd's own client does (v3.6.9, client/v3/client.go, getToken).
    const bool needs_none =
        RefusalText(answer->body).find("authentication is not enabled") != std::string::npos;
    return needs_none ? Result<void>() : CheckStatus(url, *answer);
  }
  auto token = From(url, ParseToken(answer->body));
  if (!token) return Fail(std::move(token).error());
  token_ = *std::move(token);
  return {};
}

Result<std::string> Client::Ask(Request request) {
  request.token = token_;
  auto answer = Exchange(request, options_);
  if (!answer) return Fail(std::move(answer).error());
  if (auto checked = CheckStatus(request.url, *answer); !checked) {
    return Fail(std::move(checked).error());
  }
  return std::move(answer->body);
}

Result<std::string> Client::Post(const char* path, std::string body) {
  return Ask({.url = endpoint_.url + path, .body = std::move(body)});
}

Result<void> Client::CheckSource(const Header& header) {
  if (!first_header_) first_header_ = header;
  if (header.member_id == first_header_->member_id &&
      header.cluster_id == first_header_->cluster_id) {
    return {};
  }
  return Fail({.code = ErrorCode::kMalformed,
               .what = "answers come from two members; name one, not a load balancer",
               .subject = endpoint_.url + ": members " + HexId(first_header_->member_id) + " and " +
                          HexId(header.member_id)});
}

Result<MemberStatus> Client::Status() {
  auto answer = Post("/v3/maintenance/status", "{}");
  if (!answer) return Fail(std::move(answer).error());
  auto status = From(endpoint_.url, ParseStatus(*answer));
  if (!status) return status;
  if (auto checked = CheckSource(status->header); !checked) {
    return Fail(std::move(checked).error());
  }
  return status;
}

Result<KvHash> Client::HashKv(int64_t revision) {
  auto answer = Post("/v3/maintenance/hashkv", RevisionBody(revision, true));
  if (!answer) {
    Error error = std::move(answer).error();
    if (error.code == ErrorCode::kNotFound) {
      error.code = ErrorCode::kUnsupported;
      error.what = "etcd 3.4 and older answer HashKV at the peer URL only";
    }
    return Fail(std::move(error));
  }
  auto hash = From(endpoint_.url, ParseKvHash(*answer));
  if (!hash) return hash;
  if (auto checked = CheckSource(hash->header); !checked) return Fail(std::move(checked).error());
  return hash;
}

Result<KvHash> Client::PeerHashKv(int64_t revision) {
  auto answer = Ask({.url = endpoint_.url + "/members/hashkv",
                     .method = "GET",
                     .body = RevisionBody(revision, false)});
  if (!answer) return Fail(std::move(answer).error());
  return From(endpoint_.url, ParseKvHash(*answer));
}

Result<std::vector<std::string>> Client::PeerUrls() {
  const auto status = Status();
  if (!status) return Fail(status.error());
  auto answer = Post("/v3/cluster/member/list", "{}");
  if (!answer) return Fail(std::move(answer).error());
  return From(endpoint_.url, ParsePeerUrls(*answer, status->header.member_id));
}

Result<uint64_t> Client::PullSnapshot(const std::string& path) {
  auto file = io::NewFile::Create(path);
  if (!file) return Fail(std::move(file).error());
  SnapshotStream stream([&](Bytes piece) { return file->Append(piece); });
  const std::string url = endpoint_.url + "/v3/maintenance/snapshot";
  const auto rest = Ask({.url = url, .body = "{}", .on_body = [&](std::string_view piece) {
                           return stream.Feed(piece);
                         }});
  if (!rest) return Fail(rest.error());
  auto size_bytes = From(url, stream.Finish());
  if (!size_bytes) return size_bytes;
  if (auto committed = file->Commit(); !committed) return Fail(std::move(committed).error());
  return size_bytes;
}

}  // namespace etcdf::live
