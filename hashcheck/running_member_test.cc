// Running members as etcd since 3.5 answers, and as it should not; the real ones are asked by
// tests/integration/live_endpoints_test.py.
#include "live/running_member.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <string>
#include <string_view>

#include "hashcheck/command.h"
#include "testing/fake_server.h"
#include "testing/tool.h"

namespace etcdf::hashcheck {
namespace {

using live::RunningMember;
using testing::FakeConnection;
using testing::FakeServer;
using testing::HttpAnswer;

// A member as its client URL shows it. The status is of `revision`, which grows by one with each
// that is asked for; HashKV is what `hash_kv` makes of the revision it is asked at.
class FakeMember {
 public:
  using HashKv = std::function<std::string(int64_t revision)>;

  FakeMember(uint64_t id, int64_t revision, HashKv hash_kv)
      : id_(id),
        revision_(revision),
        hash_kv_(std::move(hash_kv)),
        server_({[this](auto& client) { Answer(client); }}) {}

  std::string errors;  // in JSON
  std::string url() const { return "http://" + server_.address(); }

 private:
  void Answer(FakeConnection& client) {
    const std::string request = client.ReadRequest();
    if (request.starts_with("POST /v3/maintenance/status ")) {
      client.Send(HttpAnswer(
          "200 OK", R"({"header":{"cluster_id":"7","member_id":")" + std::to_string(id_) +
                        R"(","revision":")" + std::to_string(revision_++) +
                        R"("},"version":"3.5.30","dbSize":"20480","errors":[)" + errors + "]}"));
      return;
    }
    constexpr std::string_view kRevision = R"("revision":")";
    const size_t at = request.find(kRevision);
    const int64_t revision =
        at == request.npos ? 0 : std::stoll(request.substr(at + kRevision.size()));
    client.Send(hash_kv_(revision));
  }

  uint64_t id_;
  std::atomic<int64_t> revision_;
  HashKv hash_kv_;
  FakeServer server_;
};

std::string Hashed(uint64_t member, uint32_t hash, int64_t compact_revision) {
  return HttpAnswer("200 OK", R"({"header":{"cluster_id":"7","member_id":")" +
                                  std::to_string(member) + R"(","revision":"90"},"hash":)" +
                                  std::to_string(hash) + R"(,"compact_revision":")" +
                                  std::to_string(compact_revision) + R"("})");
}

std::string Compacted() {
  return HttpAnswer(
      "400 Bad Request",
      R"({"code":11,"message":"etcdserver: mvcc: required revision has been compacted"})");
}

RunningMember Opened(const FakeMember& member) {
  auto running = RunningMember::Open(member.url(), {.attempts = 1});
  if (!running) throw std::runtime_error(running.error().Message());
  return *std::move(running);
}

testing::ToolRun Compare(const FakeMember& a, const FakeMember& b) {
  return testing::RunTool(Run, {"a=" + a.url(), "b=" + b.url()});
}

bool Has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

TEST(RunningMember, SaysWhatItsAnswersSay) {
  const FakeMember fake(9, 40, [](int64_t) { return Hashed(9, 1234, -1); });
  RunningMember member = Opened(fake);
  const auto hash = member.HashKv(40);
  ASSERT_TRUE(hash) << hash.error().Message();
  EXPECT_EQ(hash->hash, 1234u);
  EXPECT_EQ(hash->revision, 40);
  EXPECT_EQ(hash->compact_revision, -1);
  const digest::Facts facts = member.Facts();
  EXPECT_EQ(facts.node_id, 9u);
  EXPECT_EQ(facts.cluster_id, 7u);
  EXPECT_EQ(facts.size_bytes, 20480u);
  EXPECT_EQ(facts.revision, 40u);
  EXPECT_EQ(facts.compact_revision, std::nullopt);
}

TEST(RunningMember, TellsARevisionThatIsCompactedFromOtherRefusals) {
  const FakeMember fake(9, 40, [](int64_t) { return Compacted(); });
  const auto hash = Opened(fake).HashKv(3);
  ASSERT_FALSE(hash);
  EXPECT_EQ(hash.error().code, ErrorCode::kNotFound);
}

TEST(RunningMember, DoesNotTakeTheHashOfAnotherRevision) {
  const FakeMember fake(9, 40, [](int64_t) {
    return HttpAnswer("200 OK",
                      R"({"header":{"cluster_id":"7","member_id":"9","revision":"41"},"hash":1,)"
                      R"("compact_revision":"-1","hash_revision":"41"})");
  });
  const auto hash = Opened(fake).HashKv(40);
  ASSERT_FALSE(hash);
  EXPECT_TRUE(Has(hash.error().Message(), "at another revision")) << hash.error().Message();
}

TEST(RunningMembers, AreAskedAtOneRevision) {
  const auto hash_at = [](uint64_t id) {
    return [id](int64_t revision) { return Hashed(id, static_cast<uint32_t>(revision), -1); };
  };
  const FakeMember a(1, 40, hash_at(1)), b(2, 50, hash_at(2));
  const testing::ToolRun run = Compare(a, b);
  EXPECT_EQ(run.exit_code, app::ExitCode::kSound) << run.out << run.err;
  EXPECT_TRUE(Has(run.out, "HashKV      at revision 40: the same on a b")) << run.out;
}

TEST(RunningMembers, AreAskedAnewWhenOneHasCompactedMeanwhile) {
  const auto compacted_at_41 = [](uint64_t id) {
    return [id](int64_t revision) { return revision < 41 ? Compacted() : Hashed(id, 5, 41); };
  };
  const FakeMember a(1, 40, compacted_at_41(1)), b(2, 40, compacted_at_41(2));
  const testing::ToolRun run = Compare(a, b);
  EXPECT_EQ(run.exit_code, app::ExitCode::kSound) << run.out << run.err;
  EXPECT_TRUE(Has(run.out, "HashKV      at revision 41: the same on a b")) << run.out;
}

TEST(RunningMembers, SayWhatIsWrongWithThem) {
  const auto hashed = [](uint64_t id) { return [id](int64_t) { return Hashed(id, 5, -1); }; };
  FakeMember a(1, 40, hashed(1)), b(2, 40, hashed(2));
  a.errors = R"("memberID:1 alarm:CORRUPT ")";
  const testing::ToolRun run = Compare(a, b);
  EXPECT_EQ(run.exit_code, app::ExitCode::kSound) << run.out << run.err;
  EXPECT_TRUE(Has(run.err, "member.reports_error")) << run.err;
  EXPECT_TRUE(Has(run.err, "alarm:CORRUPT")) << run.err;
}

// At its compact revision, 3.5.5 and later answer with the hash they kept from the compaction; one
// that was restarted since has none and hashes what is left.
TEST(RunningMembers, DoNotDifferForAHashThatOneKept) {
  const FakeMember kept(1, 40, [](int64_t) { return Hashed(1, 111, 20); });
  const FakeMember restarted(2, 40, [](int64_t) { return Hashed(2, 222, 40); });
  const testing::ToolRun run = Compare(kept, restarted);
  EXPECT_EQ(run.exit_code, app::ExitCode::kFailed) << run.out << run.err;
  EXPECT_TRUE(Has(run.out, "different compact revisions")) << run.out;
}

TEST(RunningMembers, DifferWhereTheHashesDoAsOfOneCompaction) {
  const FakeMember a(1, 40, [](int64_t) { return Hashed(1, 111, 20); });
  const FakeMember b(2, 40, [](int64_t) { return Hashed(2, 222, 20); });
  const testing::ToolRun run = Compare(a, b);
  EXPECT_EQ(run.exit_code, app::ExitCode::kDamage) << run.out << run.err;
  EXPECT_TRUE(Has(run.out, "have DIVERGED: their HashKV are not the same")) << run.out;
}

}  // namespace
}  // namespace etcdf::hashcheck
