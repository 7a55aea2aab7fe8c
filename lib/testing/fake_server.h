// A server on the loopback that says what a test tells it to: for clients of servers that are
// broken or hostile.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace etcdf::testing {

// One accepted connection. Every function copes with a client that is gone.
class FakeConnection {
 public:
  explicit FakeConnection(int fd) : fd_(fd) {}

  // The request whole: line, headers, and as much body as its Content-Length says. What has arrived
  // where the client hangs up earlier.
  std::string ReadRequest();
  // False where the client has hung up.
  bool Send(std::string_view text);
  // Says nothing more until the client hangs up.
  void WaitForClientToLeave();

 private:
  int fd_;
};

// "HTTP/1.1 STATUS" with the body and its length.
std::string HttpAnswer(std::string_view status, std::string_view body);

class FakeServer {
 public:
  using Behaviour = std::function<void(FakeConnection&)>;

  // Serves one connection after the other, the first by the first behaviour, and closes each when
  // the behaviour returns. All behind the last go by the last. The client must have hung up before
  // the server ends.
  explicit FakeServer(std::vector<Behaviour> behaviours);
  // Answers each request by HttpAnswer("200 OK", body), body by body.
  static std::vector<Behaviour> Answering(const std::vector<std::string>& bodies);
  ~FakeServer();
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  // "127.0.0.1:40321"
  const std::string& address() const { return address_; }
  // Connections accepted so far.
  size_t connections() const { return connections_; }

 private:
  void Serve();

  std::vector<Behaviour> behaviours_;
  int listener_ = -1;
  std::string address_;
  std::atomic<size_t> connections_ = 0;
  std::jthread thread_;
};

}  // namespace etcdf::testing
