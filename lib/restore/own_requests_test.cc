#include "restore/own_requests.h"

#include <gtest/gtest.h>

#include <string>

#include "io/data_dir.h"
#include "testing/temp_dir.h"
#include "testing/wal_builder.h"

namespace etcdf::restore {
namespace {

constexpr uint64_t kNode = 0xa1;
constexpr uint64_t kOther = 0xb2;

class OwnRequestsTest : public ::testing::Test {
 protected:
  // Of node 0xb2, with entries 1 to 3 of nobody.
  OwnRequestsTest() { text_ = "metadata node=0xb2 cluster=2\nlog from=1 terms=1,1,1\n"; }

  // The request's id begins with the low bits of the proposer's.
  void Put(uint64_t index, uint64_t proposer, uint64_t term = 1) {
    text_ += "entry term=" + std::to_string(term) + " index=" + std::to_string(index) +
             " id=" + std::to_string((proposer & 0xffff) << 48 | index) + " put key=k value=v\n";
  }
  void Commit(uint64_t index, uint64_t term = 1, uint64_t vote = 0) {
    text_ += "state term=" + std::to_string(term) + " vote=" + std::to_string(vote) +
             " commit=" + std::to_string(index) + "\n";
  }

  wal::Log Read() {
    const auto evidence = testing::BuildEvidence(text_);
    EXPECT_TRUE(evidence) << evidence.error().Message();
    EXPECT_TRUE(testing::WriteEvidence(*evidence, folder_.path()));
    const auto dir = io::FindDataDir(folder_.path().string());
    FindingList findings;
    auto log = wal::Log::Open(*dir, std::nullopt, findings);
    log->Scan(findings);
    return *std::move(log);
  }

  OwnRequests Find(const wal::IndexRange& range = {.after = 3}) {
    return FindRequestsOf(kNode, Read(), range);
  }

 private:
  testing::TempDir folder_;
  std::string text_;
};

TEST_F(OwnRequestsTest, NoneOfAnother) {
  for (uint64_t index = 4; index <= 30; ++index) Put(index, kOther);
  const OwnRequests own = Find();
  EXPECT_EQ(own.count, 0U);
  EXPECT_EQ(own.rounds, 0U);
}

// So many clients waited at once.
TEST_F(OwnRequestsTest, OneRoundOfThoseThatCameTogether) {
  for (uint64_t index = 4; index <= 40; ++index) Put(index, kNode);
  Commit(40);
  const OwnRequests own = Find();
  EXPECT_EQ(own.count, 37U);
  EXPECT_EQ(own.rounds, 1U);
  EXPECT_EQ(own.index_last, 40U);
}

// A leader notes the commit before the next request comes.
TEST_F(OwnRequestsTest, ARoundForEachThatCameAfterTheCommit) {
  for (uint64_t index = 4; index <= 13; ++index) {
    Put(index, kNode);
    Commit(index);
  }
  EXPECT_EQ(Find().rounds, 10U);
}

// A follower hears of it with the next request, and writes the entries first.
TEST_F(OwnRequestsTest, TheSameInAFollowersLog) {
  for (uint64_t index = 4; index <= 13; ++index) {
    Put(index, kNode);
    Commit(index - 1);
  }
  EXPECT_EQ(Find().rounds, 10U);
}

TEST_F(OwnRequestsTest, NoneOutsideTheRange) {
  for (uint64_t index = 4; index <= 13; ++index) Put(index, kNode);
  const OwnRequests own = Find({.after = 6, .until = 9});
  EXPECT_EQ(own.count, 3U);
  EXPECT_EQ(own.index_last, 9U);
}

TEST_F(OwnRequestsTest, NoneThatWereSuperseded) {
  for (uint64_t index = 4; index <= 9; ++index) Put(index, kNode);
  Put(6, kOther, 2);
  const OwnRequests own = Find();
  EXPECT_EQ(own.count, 2U);
  EXPECT_EQ(own.index_last, 5U);
}

TEST_F(OwnRequestsTest, TheLastTermOfAVote) {
  Commit(3, 2, kNode);
  Commit(3, 5, kNode);
  Commit(3, 6, kOther);
  const wal::Log log = Read();
  EXPECT_EQ(FindVoteFor(kNode, log), 5U);
  EXPECT_EQ(FindVoteFor(0xc3, log), 0U);
}

}  // namespace
}  // namespace etcdf::restore
