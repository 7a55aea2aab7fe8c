#include "live/http.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "base/escape.h"

namespace etcdf::live {
namespace {

constexpr long kStallBytesPerSecond = 1000;

struct FreeCurl {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Curl = std::unique_ptr<CURL, FreeCurl>;
using CurlUrl = std::unique_ptr<CURLU, FreeCurl>;
using CurlList = std::unique_ptr<curl_slist, FreeCurl>;

// What libcurl's failures mean to the user. All others are failures of the transfer.
struct Failure {
  CURLcode code;
  ErrorCode error_code;
  const char* what;
  bool may_retry;  // the server has said nothing at all
};
constexpr Failure kFailures[] = {
    {CURLE_COULDNT_RESOLVE_HOST, ErrorCode::kIo, "cannot find the host", true},
    {CURLE_COULDNT_CONNECT, ErrorCode::kIo, "cannot connect", true},
    {CURLE_SSL_CONNECT_ERROR, ErrorCode::kIo, "TLS failed", false},
    {CURLE_SSL_CERTPROBLEM, ErrorCode::kIo, "cannot use the client's certificate or key", false},
    {CURLE_SSL_CACERT_BADFILE, ErrorCode::kIo, "cannot use the file of authorities", false},
    {CURLE_PEER_FAILED_VERIFICATION, ErrorCode::kIo, "the member's certificate is not one to trust",
     false},
    {CURLE_OPERATION_TIMEDOUT, ErrorCode::kIo, "no whole answer in time", false},
    {CURLE_GOT_NOTHING, ErrorCode::kIo, "hangs up without an answer", true},
    {CURLE_SEND_ERROR, ErrorCode::kIo, "hangs up without an answer", true},
    {CURLE_RECV_ERROR, ErrorCode::kIo, "hangs up before the answer is whole", false},
    {CURLE_PARTIAL_FILE, ErrorCode::kIo, "hangs up before the answer is whole", false},
    {CURLE_UNSUPPORTED_PROTOCOL, ErrorCode::kMalformed, "the answer is not HTTP", false},
    {CURLE_WEIRD_SERVER_REPLY, ErrorCode::kMalformed, "the answer is not HTTP", false},
};

Failure FailureOf(CURLcode code) {
  const auto* const found = std::ranges::find(kFailures, code, &Failure::code);
  if (found != std::end(kFailures)) return *found;
  return {code, ErrorCode::kIo, "the transfer failed", false};
}

// One request on its way. libcurl calls the static functions with the object.
class Transfer {
 public:
  Transfer(const Request& request, const Options& options) : request_(request) {
    SetRequest();
    SetManners(options);
  }

  struct Outcome {
    Result<Answer> answer;
    bool may_retry = false;
  };
  Outcome Run() {
    const CURLcode code = curl_easy_perform(curl_.get());
    if (refusal_) return {Fail(*refusal_)};
    if (code == CURLE_OK) {
      answer_.status = Status();
      return {std::move(answer_)};
    }
    const Failure failure = FailureOf(code);
    const char* const detail = message_[0] != 0 ? message_.data() : curl_easy_strerror(code);
    return {Fail({.code = failure.error_code,
                  .what = failure.what,
                  .subject = request_.url + " (" + Printable(detail) + ")"}),
            failure.may_retry};
  }

 private:
  template <typename Value>
  void Set(CURLoption option, Value value) {
    curl_easy_setopt(curl_.get(), option, value);
  }

  void SetRequest() {
    Set(CURLOPT_URL, request_.url.c_str());
    Set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    Set(CURLOPT_POSTFIELDS, request_.body.c_str());
    AddHeader("Content-Type: application/json");
    if (!request_.token.empty()) AddHeader("Authorization: " + request_.token);
    Set(CURLOPT_HTTPHEADER, headers_.get());
  }

  void SetManners(const Options& options) {
    Set(CURLOPT_NOSIGNAL, 1L);
    Set(CURLOPT_ERRORBUFFER, message_.data());
    Set(CURLOPT_PROTOCOLS_STR, "http,https");
    Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    Set(CURLOPT_FOLLOWLOCATION, 0L);
    Set(CURLOPT_PROXY, "");
    Set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
    if (request_.on_body) {
      Set(CURLOPT_LOW_SPEED_LIMIT, kStallBytesPerSecond);
      Set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall_timeout.count()));
    } else {
      Set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.answer_timeout.count()));
    }
    if (!options.cacert_file.empty()) Set(CURLOPT_CAINFO, options.cacert_file.c_str());
    if (!options.cert_file.empty()) Set(CURLOPT_SSLCERT, options.cert_file.c_str());
    if (!options.key_file.empty()) Set(CURLOPT_SSLKEY, options.key_file.c_str());
    Set(CURLOPT_WRITEFUNCTION, &Transfer::OnBody);
    Set(CURLOPT_WRITEDATA, this);
    Set(CURLOPT_HEADERFUNCTION, &Transfer::OnHeader);
    Set(CURLOPT_HEADERDATA, this);
  }

  void AddHeader(const std::string& header) {
    // Keeps the list where appending fails for want of memory.
    curl_slist* const longer = curl_slist_append(headers_.get(), header.c_str());
    if (longer == nullptr) return;
    static_cast<void>(headers_.release());
    headers_.reset(longer);
  }

  long Status() const {
    long status = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
    return status;
  }

  // Anything but the size it was given makes libcurl end the transfer.
  size_t Refuse(Error error) {
    if (error.subject.empty()) {
      error.subject = request_.url;
    } else {
      error.subject = request_.url + ": " + error.subject;
    }
    refusal_ = std::move(error);
    return CURL_WRITEFUNC_ERROR;
  }

  static size_t OnHeader(char* /*text*/, size_t one, size_t size, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    transfer.header_bytes_ += one * size;
    if (transfer.header_bytes_ <= kMaxHeaderBytes) return one * size;
    return transfer.Refuse({.what = "the answer's header is too long"});
  }

  static size_t OnBody(char* text, size_t one, size_t size, void* self) {
    return static_cast<Transfer*>(self)->TakeBody({text, one * size});
  }

  size_t TakeBody(std::string_view piece) {
    if (request_.on_body && Status() == 200) {
      auto taken = request_.on_body(piece);
      return taken ? piece.size() : Refuse(std::move(taken).error());
    }
    if (piece.size() > kMaxBodyBytes - answer_.body.size()) {
      return Refuse({.what = "the answer is too long"});
    }
    answer_.body += piece;
    return piece.size();
  }

  const Request& request_;
  Curl curl_{curl_easy_init()};
  CurlList headers_;
  std::array<char, CURL_ERROR_SIZE> message_{};
  size_t header_bytes_ = 0;
  Answer answer_;
  std::optional<Error> refusal_;
};

std::string PartOf(const CurlUrl& url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, 0) != CURLUE_OK) return {};
  std::string copy = text;
  curl_free(text);
  return copy;
}

}  // namespace

Result<Endpoint> ParseEndpoint(const std::string& text) {
  const CurlUrl url(curl_url());
  const bool is_url = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) == CURLUE_OK;
  const std::string scheme = PartOf(url, CURLUPART_SCHEME);
  bool has_more = PartOf(url, CURLUPART_PATH) != "/";
  for (const CURLUPart part :
       {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT}) {
    has_more = has_more || !PartOf(url, part).empty();
  }
  if (!is_url || has_more || (scheme != "http" && scheme != "https")) {
    return Fail({.code = ErrorCode::kUsage,
                 .what = "is no endpoint: expected http://HOST:PORT or https://HOST:PORT",
                 .subject = Printable(text)});
  }
  const std::string port = PartOf(url, CURLUPART_PORT);
  return Endpoint{scheme + "://" + PartOf(url, CURLUPART_HOST) + (port.empty() ? "" : ":" + port)};
}

Result<Answer> Exchange(const Request& request, const Options& options) {
  for (int attempt = 1;; ++attempt) {
    Transfer::Outcome outcome = Transfer(request, options).Run();
    if (outcome.answer || !outcome.may_retry) return std::move(outcome.answer);
    if (attempt >= options.attempts) {
      Error error = std::move(outcome.answer).error();
      if (attempt > 1) error.subject += " after " + std::to_string(attempt) + " attempts";
      return Fail(std::move(error));
    }
    std::this_thread::sleep_for(options.retry_delay);
  }
}

}  // namespace etcdf::live
