// A client and servers that do what servers do: answer, refuse, lie, hang, and hang up.
#include "live/client.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>

#include "base/escape.h"
#include "checksum/sha256.h"
#include "testing/fake_server.h"
#include "testing/temp_dir.h"

namespace etcdf::live {
namespace {

using testing::FakeConnection;
using testing::FakeServer;
using testing::HttpAnswer;
using Behaviour = FakeServer::Behaviour;

constexpr std::string_view kStatus =
    R"({"header":{"cluster_id":"7","member_id":"9","revision":"4","raft_term":"2"},)"
    R"("version":"3.5.30","dbSize":"20480"})";

// Impatient, so that servers that never answer do not hold a test up.
Options Impatient() {
  return {.connect_timeout = std::chrono::milliseconds(2'000),
          .answer_timeout = std::chrono::milliseconds(10'000),
          .stall_timeout = std::chrono::seconds(1),
          .attempts = 1,
          .retry_delay = std::chrono::milliseconds(0)};
}

Client ClientOf(const FakeServer& server, Options options = Impatient()) {
  auto client = Client::Open("http://" + server.address(), std::move(options));
  if (!client) throw std::runtime_error(client.error().Message());
  return *std::move(client);
}

// Answers every request with these bytes as they are, and hangs up.
Behaviour Saying(std::string bytes) {
  return [bytes = std::move(bytes)](FakeConnection& connection) {
    connection.ReadRequest();
    connection.Send(bytes);
  };
}

template <typename T>
std::string MessageOf(const Result<T>& result) {
  return result ? "no error" : result.error().Message();
}

// What Status() says to such a server, without the server's address.
std::string StatusOf(Behaviour behaviour, Options options = Impatient()) {
  const FakeServer server({std::move(behaviour)});
  std::string message = MessageOf(ClientOf(server, std::move(options)).Status());
  const size_t at = message.find(server.address());
  if (at != message.npos) message.replace(at, server.address().size(), "HOST");
  return message;
}

bool Has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

TEST(GatewayClient, AsksAsTheGatewayWantsIt) {
  std::string request;
  FakeServer server({[&](FakeConnection& connection) {
    request = connection.ReadRequest();
    connection.Send(HttpAnswer("200 OK", kStatus));
  }});
  const auto status = ClientOf(server).Status();
  ASSERT_TRUE(status) << status.error().Message();
  EXPECT_EQ(status->header.member_id, 9u);
  EXPECT_TRUE(request.starts_with("POST /v3/maintenance/status HTTP/1.1\r\n")) << request;
  EXPECT_TRUE(Has(request, "\r\nContent-Type: application/json\r\n")) << request;
  EXPECT_TRUE(request.ends_with("\r\n\r\n{}")) << request;
}

TEST(GatewayClient, AsksForHashesAtBothUrls) {
  std::string client_request, peer_request;
  FakeServer server(
      {[&](FakeConnection& connection) {
         client_request = connection.ReadRequest();
         connection.Send(HttpAnswer("404 Not Found", "Not Found"));
       },
       [&](FakeConnection& connection) {
         peer_request = connection.ReadRequest();
         connection.Send(
             HttpAnswer("200 OK", R"({"header":{"revision":4},"hash":7,"compact_revision":-1})"));
       }});
  Client client = ClientOf(server);
  const auto refused = client.HashKv(4);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_TRUE(client_request.starts_with("POST /v3/maintenance/hashkv HTTP/1.1\r\n"));
  EXPECT_TRUE(client_request.ends_with(R"({"revision":"4"})")) << client_request;

  const auto hash = client.PeerHashKv(4);
  ASSERT_TRUE(hash) << hash.error().Message();
  EXPECT_EQ(hash->hash, 7u);
  EXPECT_TRUE(peer_request.starts_with("GET /members/hashkv HTTP/1.1\r\n")) << peer_request;
  EXPECT_TRUE(peer_request.ends_with(R"({"revision":4})")) << peer_request;
}

TEST(GatewayClient, LogsInOnceAndShowsTheTokenFromThenOn) {
  std::string login, request;
  FakeServer server({[&](FakeConnection& connection) {
                       login = connection.ReadRequest();
                       connection.Send(HttpAnswer("200 OK", R"({"token":"tok.9"})"));
                     },
                     [&](FakeConnection& connection) {
                       request = connection.ReadRequest();
                       connection.Send(HttpAnswer("200 OK", kStatus));
                     }});
  Options options = Impatient();
  options.user = R"(ro"ot:a:b)";
  Client client = ClientOf(server, options);
  EXPECT_TRUE(client.Status());
  EXPECT_TRUE(login.starts_with("POST /v3/auth/authenticate HTTP/1.1\r\n")) << login;
  EXPECT_TRUE(login.ends_with(R"({"name":"ro\"ot","password":"a:b"})")) << login;
  EXPECT_TRUE(Has(request, "\r\nAuthorization: tok.9\r\n")) << request;
}

TEST(GatewayClient, AClusterWithoutUsersNeedsNoLogin) {
  const FakeServer server(
      {Saying(HttpAnswer("412 Precondition Failed",
                         R"({"error":"etcdserver: authentication is not enabled","code":9})"))});
  Options options = Impatient();
  options.user = "root:x";
  EXPECT_TRUE(Client::Open("http://" + server.address(), options));
}

TEST(GatewayClient, AWrongPasswordAndAWrongTokenAreErrors) {
  Options options = Impatient();
  options.user = "root:x";
  for (const auto& [answer, part] :
       {std::pair{HttpAnswer("400 Bad Request",
                             R"({"error":"etcdserver: authentication failed, invalid user ID"})"),
                  "invalid user ID"},
        std::pair{HttpAnswer("200 OK", R"({"token":"a\r\nHost: evil"})"), "token"}}) {
    const FakeServer server({Saying(answer)});
    const std::string message = MessageOf(Client::Open("http://" + server.address(), options));
    EXPECT_TRUE(Has(message, part)) << message;
    EXPECT_FALSE(Has(message, "root:x")) << message;
  }
  options.user = "root";
  EXPECT_EQ(MessageOf(Client::Open("http://127.0.0.1:1", options)),
            "a user is given as NAME:PASSWORD");
}

TEST(GatewayClient, AnEndpointIsAUrlOfAHostAndNothingElse) {
  for (const char* endpoint :
       {"", "127.0.0.1:2379", "ftp://a:1", "file:///etc/passwd", "http://", "http://a:1/v3",
        "http://u:p@a:1", "http://a:1?x", "http://a:1#x", "http://a:99999", "http://a b"}) {
    const auto client = Client::Open(endpoint, {});
    ASSERT_FALSE(client) << endpoint;
    EXPECT_EQ(client.error().code, ErrorCode::kUsage) << endpoint;
  }
  EXPECT_EQ(Client::Open("http://a:1/", {})->url(), "http://a:1");
  EXPECT_EQ(Client::Open("HTTPS://etcd.example", {})->url(), "https://etcd.example");
  EXPECT_EQ(Client::Open("https://[::1]:2379", {})->url(), "https://[::1]:2379");
}

TEST(GatewayClient, RefusalsAreToldInTheServersWords) {
  EXPECT_EQ(StatusOf(Saying(HttpAnswer("403 Forbidden",
                                       R"({"error":"etcdserver: permission denied","code":7})"))),
            "http://HOST/v3/maintenance/status: status 403 \"etcdserver: permission denied\": "
            "refuses");
  EXPECT_EQ(StatusOf(Saying(HttpAnswer("502 Bad Gateway", "<html>\x1b[31mno</html>"))),
            "http://HOST/v3/maintenance/status: status 502 \"<html>\\033[31mno</html>\": refuses");
}

TEST(GatewayClient, ARedirectIsNotFollowed) {
  std::string elsewhere_request;
  FakeServer elsewhere({[&](FakeConnection& connection) {
    elsewhere_request = connection.ReadRequest();
    connection.Send(HttpAnswer("200 OK", kStatus));
  }});
  EXPECT_EQ(StatusOf(Saying("HTTP/1.1 307 Temporary Redirect\r\nLocation: http://" +
                            elsewhere.address() + "/\r\nContent-Length: 0\r\n\r\n")),
            "http://HOST/v3/maintenance/status: status 307: points elsewhere, where nobody "
            "follows");
  EXPECT_EQ(elsewhere.connections(), 0u);
}

TEST(GatewayClient, GarbageIsNoAnswer) {
  EXPECT_EQ(StatusOf(Saying(HttpAnswer("200 OK", "<html>hello</html>"))), "http://HOST: not JSON");
  EXPECT_EQ(StatusOf(Saying(HttpAnswer("200 OK", "{}"))),
            "http://HOST: header: is missing, of the wrong type, or out of range in the member's "
            "answer");
  EXPECT_TRUE(Has(StatusOf(Saying("\x16\x03\x01\x02 what is this\r\n\r\n")), "is not HTTP"));
  EXPECT_TRUE(Has(StatusOf(Saying("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}")), "HOST"));
}

TEST(GatewayClient, AnEndlessAnswerIsCutOff) {
  const auto endless = [](std::string begin, std::string more) {
    return [begin = std::move(begin), more = std::move(more)](FakeConnection& connection) {
      connection.ReadRequest();
      connection.Send(begin);
      while (connection.Send(more)) {
      }
    };
  };
  EXPECT_TRUE(Has(StatusOf(endless("HTTP/1.1 200 OK\r\n\r\n", std::string(60'000, '['))),
                  "the answer is too long"));
  EXPECT_TRUE(
      Has(StatusOf(endless("HTTP/1.1 200 OK\r\n", "X-More: " + std::string(999, 'x') + "\r\n")),
          "the answer's header is too long"));
}

TEST(GatewayClient, AServerThatNeverAnswersIsLeft) {
  Options options = Impatient();
  options.answer_timeout = std::chrono::milliseconds(200);
  EXPECT_TRUE(
      Has(StatusOf([](FakeConnection& connection) { connection.WaitForClientToLeave(); }, options),
          "no whole answer in time"));
  EXPECT_TRUE(Has(StatusOf(
                      [](FakeConnection& connection) {
                        connection.ReadRequest();
                        connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{");
                        connection.WaitForClientToLeave();
                      },
                      options),
                  "no whole answer in time"));
}

TEST(GatewayClient, AServerThatHangsUpMidwayIsTold) {
  EXPECT_TRUE(Has(StatusOf(Saying("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"header\"")),
                  "hangs up before the answer is whole"));
  EXPECT_TRUE(Has(StatusOf(Saying("")), "hangs up without an answer"));
}

TEST(GatewayClient, OneThatCannotBeReachedIsTriedAgain) {
  Options options = Impatient();
  options.attempts = 3;
  {
    const FakeServer server({Saying(""), Saying(""), Saying(HttpAnswer("200 OK", kStatus))});
    EXPECT_EQ(MessageOf(ClientOf(server, options).Status()), "no error");
    EXPECT_EQ(server.connections(), 3u);
  }
  const FakeServer server({Saying("")});
  const std::string message = MessageOf(ClientOf(server, options).Status());
  EXPECT_TRUE(Has(message, "after 3 attempts: hangs up without an answer")) << message;
  // Port 1 of the loopback: nobody listens.
  const std::string refused = MessageOf(Client::Open("http://127.0.0.1:1", options)->Status());
  EXPECT_TRUE(Has(refused, "after 3 attempts: cannot connect")) << refused;
}

TEST(GatewayClient, PlainHttpIsNoTls) {
  const FakeServer server({[](FakeConnection& connection) {
    connection.Send("HTTP/1.1 400 Bad Request\r\n\r\n");  // what it got is no request
  }});
  auto client = Client::Open("https://" + server.address(), Impatient());
  ASSERT_TRUE(client);
  const std::string message = MessageOf(client->Status());
  EXPECT_TRUE(Has(message, "TLS failed")) << message;
  Options options = Impatient();
  options.cacert_file = "/no/such/file";
  const std::string no_file =
      MessageOf(Client::Open("https://" + server.address(), options)->Status());
  EXPECT_TRUE(Has(no_file, "/no/such/file")) << no_file;
}

TEST(GatewayClient, AnswersOfTwoMembersAreALoadBalancers) {
  const FakeServer server(FakeServer::Answering(
      {std::string(kStatus), R"({"header":{"cluster_id":"7","member_id":"10","revision":"4"},)"
                             R"("hash":1,"compact_revision":"-1"})"}));
  Client client = ClientOf(server);
  ASSERT_TRUE(client.Status());
  const std::string message = MessageOf(client.HashKv(4));
  EXPECT_TRUE(Has(message, "members 9 and a: answers come from two members")) << message;
}

// A database of 512 bytes, as a member sends it.
std::string SnapshotAnswer() {
  const std::string database(512, 'd');
  std::string body = R"({"result":{"remaining_bytes":"0","blob":")";
  AppendBase64(body, AsBytes(database));
  body += "\"}}\n{\"result\":{\"blob\":\"";
  AppendBase64(body, Sha256Of(AsBytes(database)));
  return body + "\"}}\n";
}

class PullSnapshot : public ::testing::Test {
 protected:
  std::string Pull(Behaviour behaviour) {
    const FakeServer server({std::move(behaviour)});
    return MessageOf(ClientOf(server).PullSnapshot(path_));
  }
  bool NothingIsLeft() const { return std::filesystem::is_empty(dir_.path()); }

  testing::TempDir dir_;
  std::string path_ = dir_.path() / "pulled.db";
};

TEST_F(PullSnapshot, AWholeOneGetsItsName) {
  EXPECT_EQ(Pull(Saying(HttpAnswer("200 OK", SnapshotAnswer()))), "no error");
  const std::string content = testing::ReadFile(path_);
  const std::string database(512, 'd');
  EXPECT_EQ(content, database + std::string(AsText(Sha256Of(AsBytes(database)))));
  EXPECT_FALSE(std::filesystem::exists(path_ + ".part"));
}

TEST_F(PullSnapshot, NothingIsReplaced) {
  const FakeServer server(FakeServer::Answering({SnapshotAnswer()}));
  Client client = ClientOf(server);
  ASSERT_TRUE(client.PullSnapshot(path_));
  const std::string message = MessageOf(client.PullSnapshot(path_));
  EXPECT_TRUE(Has(message, "is there already")) << message;
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(PullSnapshot, OneThatIsNotWholeLeavesNothing) {
  const std::string whole = SnapshotAnswer();
  const std::string half = whole.substr(0, whole.size() / 2);
  EXPECT_TRUE(Has(Pull(Saying(HttpAnswer("200 OK", half))), "ends before it is whole"));
  EXPECT_TRUE(NothingIsLeft());
  EXPECT_TRUE(Has(Pull(Saying("HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + half)),
                  "hangs up before the answer is whole"));
  EXPECT_TRUE(NothingIsLeft());
  EXPECT_TRUE(Has(Pull(Saying(HttpAnswer("200 OK", "<html>"))), "no stream of JSON objects"));
  EXPECT_TRUE(NothingIsLeft());
  EXPECT_TRUE(Has(Pull(Saying(HttpAnswer("403 Forbidden", R"({"error":"permission denied"})"))),
                  "status 403 \"permission denied\": refuses"));
  EXPECT_TRUE(NothingIsLeft());
}

TEST_F(PullSnapshot, AServerThatStallsIsLeft) {
  const std::string message = Pull([](FakeConnection& connection) {
    connection.ReadRequest();
    connection.Send("HTTP/1.1 200 OK\r\n\r\n{\"result\":{\"blob\":\"AAAA");
    connection.WaitForClientToLeave();
  });
  EXPECT_TRUE(Has(message, "no whole answer in time")) << message;
  EXPECT_TRUE(NothingIsLeft());
}

}  // namespace
}  // namespace etcdf::live
