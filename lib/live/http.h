// One HTTP request and its answer, with a server that may do anything. Hides libcurl.
//
// Redirects are not followed, proxies and .netrc of the environment not used, compressed answers
// not asked for, and every certificate is verified.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace etcdf::live {

// How to talk to members: files in PEM, patience.
struct Options {
  std::string cacert_file = {};  // empty: the system's authorities
  std::string cert_file = {};    // the client's own certificate, and its key
  std::string key_file = {};
  std::string user = {};  // NAME:PASSWORD, if the cluster asks for one
  std::chrono::milliseconds connect_timeout{5'000};
  // For one answer, whole. HashKV makes a member read all of its keys.
  std::chrono::milliseconds answer_timeout{120'000};
  // How long a snapshot may go on with less than 1 KB a second.
  std::chrono::seconds stall_timeout{60};
  // How often a request is sent in all, if the member cannot be reached or hangs up on it.
  int attempts = 3;
  std::chrono::milliseconds retry_delay{500};
};

struct Endpoint {
  std::string url;  // "https://10.0.0.1:2379", without a slash at the end
};

// Errors: kUsage: not http(s)://HOST[:PORT], alone.
Result<Endpoint> ParseEndpoint(const std::string& text);

struct Request {
  std::string url = {};
  std::string method = "POST";
  std::string body = {};   // JSON
  std::string token = {};  // from auth/authenticate; may be empty
  // Gets the body of an answer of status 200 in pieces as they arrive, instead of Answer::body and
  // without its limit of length; and patience is stall_timeout then. Its error ends the request.
  std::function<Result<void>(std::string_view piece)> on_body = {};
};

struct Answer {
  long status = 0;
  std::string body = {};  // at most kMaxBodyBytes
};

inline constexpr size_t kMaxBodyBytes = size_t{1} << 20;
inline constexpr size_t kMaxHeaderBytes = size_t{64} << 10;

// Errors: kIo, with the URL and libcurl's own words: cannot be reached, TLS failed, no whole answer
// in time, closed early; kMalformed: longer than the limits, or not HTTP; that of `on_body`.
// An answer of any status is an answer.
Result<Answer> Exchange(const Request& request, const Options& options);

}  // namespace etcdf::live
