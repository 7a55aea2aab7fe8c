// The answers were recorded from etcd 3.4.23; the forms of the other versions carry the figures of
// their own `etcdctl`, in the JSON that grpc-gateway 1 and 2 make of the message.
#include "live/answers.h"

#include <gtest/gtest.h>

#include <string>

namespace etcdf::live {
namespace {

constexpr std::string_view kStatus34 =
    R"({"header":{"cluster_id":"6930805681439470907","member_id":"9265619892315062708",)"
    R"("revision":"4","raft_term":"2"},"version":"3.4.23","dbSize":"20480",)"
    R"("leader":"9265619892315062708","raftIndex":"7","raftTerm":"2","raftAppliedIndex":"7",)"
    R"("dbSizeInUse":"16384"})";
constexpr std::string_view kStatus36 =
    R"({"header":{"cluster_id":"11898689910571489406","member_id":"13790796609154592391",)"
    R"("revision":"381", "raft_term":"2"}, "version":"3.6.9", "dbSize":"212992",)"
    R"( "leader":"13790796609154592391", "raftIndex":"452", "raftTerm":"2",)"
    R"( "raftAppliedIndex":"452", "errors":["memberID:1 alarm:NOSPACE "], "dbSizeInUse":"200704",)"
    R"( "isLearner":true, "storageVersion":"3.6.0", "dbSizeQuota":"2147483648",)"
    R"( "downgradeInfo":{"enabled":false, "targetVersion":""}})";

TEST(Answers, AStatusOfEtcd34IsRead) {
  const auto status = ParseStatus(kStatus34);
  ASSERT_TRUE(status) << status.error().Message();
  EXPECT_EQ(status->header.cluster_id, 6930805681439470907u);
  EXPECT_EQ(status->header.member_id, 9265619892315062708u);
  EXPECT_EQ(status->header.revision, 4);
  EXPECT_EQ(status->header.raft_term, 2u);
  EXPECT_EQ(status->version, "3.4.23");
  EXPECT_EQ(status->db_size_bytes, 20480);
  EXPECT_EQ(status->db_size_in_use_bytes, 16384);
  EXPECT_EQ(status->leader, 9265619892315062708u);
  EXPECT_EQ(status->raft_index, 7u);
  EXPECT_EQ(status->raft_term, 2u);
  EXPECT_EQ(status->raft_applied_index, 7u);
  EXPECT_FALSE(status->is_learner);
  EXPECT_TRUE(status->errors.empty());
  EXPECT_EQ(status->storage_version, "");
}

TEST(Answers, WhatNewerVersionsAddIsReadOrPassedOver) {
  const auto status = ParseStatus(kStatus36);
  ASSERT_TRUE(status) << status.error().Message();
  EXPECT_EQ(status->header.member_id, 13790796609154592391u);
  EXPECT_EQ(status->storage_version, "3.6.0");
  EXPECT_TRUE(status->is_learner);
  EXPECT_EQ(status->errors, std::vector<std::string>{"memberID:1 alarm:NOSPACE "});
}

TEST(Answers, AHashIsReadFromEveryVersionsForm) {
  // The peer URL of 3.4.23: numbers, and a header with a revision only.
  const auto peer =
      ParseKvHash(R"({"header":{"revision":4},"hash":2157778977,"compact_revision":-1})");
  ASSERT_TRUE(peer) << peer.error().Message();
  EXPECT_EQ(peer->header.member_id, 0u);
  EXPECT_EQ(peer->header.revision, 4);
  EXPECT_EQ(peer->hash, 2157778977u);
  EXPECT_EQ(peer->compact_revision, -1);
  EXPECT_FALSE(peer->hash_revision);

  const auto client35 = ParseKvHash(
      R"({"header":{"cluster_id":"7615568722906695957","member_id":"15148243859031212367",)"
      R"("revision":"381","raft_term":"4"},"hash":3175147737,"compact_revision":"279"})");
  ASSERT_TRUE(client35) << client35.error().Message();
  EXPECT_EQ(client35->header.member_id, 15148243859031212367u);
  EXPECT_EQ(client35->hash, 3175147737u);
  EXPECT_EQ(client35->compact_revision, 279);

  const auto client36 = ParseKvHash(
      R"({"header":{"cluster_id":"11898689910571489406", "member_id":"13790796609154592391",)"
      R"( "revision":"381", "raft_term":"2"}, "hash":611968874, "compact_revision":"279",)"
      R"( "hash_revision":"381"})");
  ASSERT_TRUE(client36) << client36.error().Message();
  EXPECT_EQ(client36->hash, 611968874u);
  EXPECT_EQ(client36->hash_revision, 381);
}

TEST(Answers, NumbersAreReadToTheirLastBitAndNotBeyond) {
  const auto hash = [](std::string_view number) {
    return ParseKvHash(R"({"header":{"revision":1},"hash":)" + std::string(number) + "}");
  };
  EXPECT_EQ(hash("4294967295")->hash, 4294967295u);
  EXPECT_EQ(hash("\"4294967295\"")->hash, 4294967295u);
  for (const char* number : {"4294967296", "-1", "1.5", "1e3", "true", "[]", "\"\"", "{}"}) {
    const auto refused = hash(number);
    ASSERT_FALSE(refused) << number;
    EXPECT_EQ(refused.error().Message(),
              "hash: is missing, of the wrong type, or out of range in the member's answer");
  }
  EXPECT_FALSE(ParseKvHash(R"({"header":{"revision":9223372036854775808}})"));
}

TEST(Answers, WhatIsNoAnswerOfEtcdsIsRefused) {
  for (const char* text :
       {"", "{}", "[]", "null", "\"x\"", "<html><body>502</body></html>", R"({"header":[]})",
        R"({"header":{"member_id":1}})", R"({"header":{"member_id":"x"},"version":"3.4.0"})",
        R"({"header":{"member_id":1},"version":3})",
        R"({"header":{"member_id":1},"version":"3","errors":"x"})",
        R"({"header":{"member_id":1},"version":"3","errors":[1]})",
        R"({"header":{"member_id":1},"version":"3","isLearner":"no"})"}) {
    EXPECT_FALSE(ParseStatus(text)) << text;
    EXPECT_FALSE(ParseKvHash(text)) << text;
    EXPECT_FALSE(ParseToken(text)) << text;
  }
  // Half of an answer is none.
  for (size_t size = 0; size < kStatus34.size(); ++size) {
    EXPECT_FALSE(ParseStatus(kStatus34.substr(0, size))) << size;
  }
}

TEST(Answers, ATokenMayStandInAHeader) {
  EXPECT_EQ(*ParseToken(R"({"header":{},"token":"aBcDeFgHiJkLmNoP.7"})"), "aBcDeFgHiJkLmNoP.7");
  for (const char* text : {R"({"token":"a\r\nX-Evil: 1"})", R"({"token":"a b"})", R"({"token":""})",
                           R"({"token":"\u00e9"})", R"({"token":1})"}) {
    EXPECT_FALSE(ParseToken(text)) << text;
  }
  EXPECT_FALSE(ParseToken(R"({"token":")" + std::string(10'000, 'a') + "\"}"));
}

TEST(Answers, PeerUrlsAreThoseOfTheMemberAskedFor) {
  constexpr std::string_view kList =
      R"({"header":{"cluster_id":"1","member_id":"2","raft_term":"2"},"members":[)"
      R"({"ID":"9265619892315062708","name":"x","peerURLs":["http://127.0.0.1:33800"],)"
      R"("clientURLs":["http://127.0.0.1:33790"]},{"ID":"3","peerURLs":["http://a","http://b"]}]})";
  EXPECT_EQ(*ParsePeerUrls(kList, 9265619892315062708u),
            std::vector<std::string>{"http://127.0.0.1:33800"});
  EXPECT_EQ(*ParsePeerUrls(kList, 3), (std::vector<std::string>{"http://a", "http://b"}));
  EXPECT_TRUE(ParsePeerUrls(kList, 4)->empty());
  EXPECT_FALSE(ParsePeerUrls(R"({"members":[{"ID":"x"}]})", 4));
  EXPECT_FALSE(ParsePeerUrls(R"({"members":[1]})", 4));
}

TEST(Answers, RefusalsAreToldInEtcdsWords) {
  EXPECT_EQ(RefusalText(R"({"error":"etcdserver: authentication is not enabled",)"
                        R"("message":"etcdserver: authentication is not enabled","code":9})"),
            "etcdserver: authentication is not enabled");
  EXPECT_EQ(RefusalText(R"({"error":{"grpc_code":7,"message":"etcdserver: permission denied"}})"),
            "etcdserver: permission denied");
  EXPECT_EQ(RefusalText(R"({"code":5, "message":"Not Found", "details":[]})"), "Not Found");
  EXPECT_EQ(RefusalText("mvcc: required revision is a future revision\n"),
            "mvcc: required revision is a future revision");
}

TEST(Answers, ARefusalSteersNoTerminalAndIsNoPage) {
  EXPECT_EQ(RefusalText("\x1b[2Jgone\x07"), "\\033[2Jgone\\007");
  EXPECT_EQ(RefusalText(R"({"error":"\u001b[2J"})"), "\\033[2J");
  EXPECT_EQ(RefusalText(std::string(100'000, 'x')), std::string(300, 'x') + "...");
}

}  // namespace
}  // namespace etcdf::live
