#include "testing/fake_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace etcdf::testing {
namespace {

// The value of Content-Length in a header; 0 where there is none.
size_t BodyBytes(std::string_view header) {
  constexpr std::string_view kName = "Content-Length: ";
  const size_t at = header.find(kName);
  if (at == header.npos) return 0;
  size_t bytes = 0;
  std::from_chars(header.data() + at + kName.size(), header.data() + header.size(), bytes);
  return bytes;
}

// sockaddr_in and sockaddr are one thing to the kernel; these take the address through void.
int BindTo(int fd, const sockaddr_in& address) {
  const void* const any = &address;
  return bind(fd, static_cast<const sockaddr*>(any), sizeof address);
}

int NameOf(int fd, sockaddr_in& address) {
  socklen_t size = sizeof address;
  void* const any = &address;
  return getsockname(fd, static_cast<sockaddr*>(any), &size);
}

}  // namespace

std::string FakeConnection::ReadRequest() {
  constexpr std::string_view kEnd = "\r\n\r\n";
  std::string request;
  std::array<char, 4096> piece;
  for (;;) {
    const size_t header = request.find(kEnd);
    if (header != request.npos &&
        request.size() >= header + kEnd.size() + BodyBytes(request.substr(0, header))) {
      return request;
    }
    const ssize_t received = recv(fd_, piece.data(), piece.size(), 0);
    if (received <= 0) return request;
    request.append(piece.data(), static_cast<size_t>(received));
  }
}

bool FakeConnection::Send(std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void FakeConnection::WaitForClientToLeave() {
  std::array<char, 4096> ignored;
  while (recv(fd_, ignored.data(), ignored.size(), 0) > 0) {
  }
}

std::string HttpAnswer(std::string_view status, std::string_view body) {
  std::string answer = "HTTP/1.1 ";
  answer += status;
  answer += "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  answer += body;
  return answer;
}

FakeServer::FakeServer(std::vector<Behaviour> behaviours) : behaviours_(std::move(behaviours)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (behaviours_.empty() || listener_ < 0 || BindTo(listener_, address) != 0 ||
      listen(listener_, SOMAXCONN) != 0 || NameOf(listener_, address) != 0) {
    throw std::runtime_error("cannot serve on the loopback");
  }
  address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  thread_ = std::jthread([this] { Serve(); });
}

FakeServer::~FakeServer() {
  shutdown(listener_, SHUT_RDWR);  // wakes accept()
  thread_.join();
  close(listener_);
}

std::vector<FakeServer::Behaviour> FakeServer::Answering(const std::vector<std::string>& bodies) {
  std::vector<Behaviour> behaviours;
  for (const std::string& body : bodies) {
    behaviours.emplace_back([body](FakeConnection& connection) {
      connection.ReadRequest();
      connection.Send(HttpAnswer("200 OK", body));
    });
  }
  return behaviours;
}

void FakeServer::Serve() {
  for (;;) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    FakeConnection connection(fd);
    behaviours_[std::min<size_t>(connections_++, behaviours_.size() - 1)](connection);
    // Not a reset: what was sent must reach a client that still sends.
    shutdown(fd, SHUT_WR);
    connection.WaitForClientToLeave();
    close(fd);
  }
}

}  // namespace etcdf::testing
