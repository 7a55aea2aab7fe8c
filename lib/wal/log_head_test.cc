#include "wal/log_head.h"

#include <gtest/gtest.h>

#include <string>

#include "testing/temp_dir.h"
#include "testing/wal_builder.h"

namespace etcdf::wal {
namespace {

LogHead HeadOf(const std::string& text) {
  const auto evidence = testing::BuildEvidence(text);
  EXPECT_TRUE(evidence) << evidence.error().Message();
  const testing::TempDir dir;
  EXPECT_TRUE(testing::WriteEvidence(*evidence, dir.path() / "m"));
  const auto found = io::FindDataDir((dir.path() / "m").string());
  EXPECT_TRUE(found);
  FindingList findings;
  auto log = Log::Open(*found, std::nullopt, findings);
  EXPECT_TRUE(log);
  log->Scan(findings);
  return ReadLogHead(*log);
}

// What a bootstrap and a restore of three members have in common.
std::string ThreeMembers() {
  std::string text = "metadata node=1 cluster=9\nsnapshot index=0 term=0\n";
  for (const char* const id : {"1", "2", "3"}) {
    text += std::string("entry term=1 index=") + id + " conf change=add node=" + id +
            " context={\"id\":" + id + ",\"peerURLs\":[\"http://m" + id + ":2380\"]}\n";
  }
  return text;
}

TEST(LogHeadTest, OfABootstrap) {
  const auto head = HeadOf(ThreeMembers() +
                           "state term=1 vote=0 commit=3\nstate term=2 vote=2 commit=3\n"
                           "entry term=2 index=4 noop\nsnapshot index=4 term=2\n");
  EXPECT_EQ(head.kind, LogHead::Kind::kBootstrap);
  EXPECT_EQ(head.additions, 3u);
}

TEST(LogHeadTest, OfARestore) {
  const auto head =
      HeadOf(ThreeMembers() + "state term=1 vote=1 commit=3\nsnapshot index=3 term=1\n");
  EXPECT_TRUE(head.is_restore());
  EXPECT_EQ(head.additions, 3u);
}

TEST(LogHeadTest, OfARestoreWhoseSnapshotIsLost) {
  const auto head =
      HeadOf(ThreeMembers() + "state term=1 vote=1 commit=3\nentry term=2 index=4 noop\n");
  EXPECT_TRUE(head.is_restore());
  EXPECT_EQ(head.additions, 3u);
}

// etcd elects a leader before anything else is written.
TEST(LogHeadTest, OfEntriesThatAddNoMembersIsNotTold) {
  const std::string text =
      "metadata node=1 cluster=9\nentry term=1 index=1 put key=a value=1\n"
      "state term=1 vote=1 commit=1\n";
  EXPECT_EQ(HeadOf(text).kind, LogHead::Kind::kUnknown);
  EXPECT_EQ(HeadOf(text + "snapshot index=1 term=1\n").kind, LogHead::Kind::kUnknown);
}

TEST(LogHeadTest, OfAMemberThatJoined) {
  EXPECT_EQ(HeadOf("metadata node=1 cluster=9\nsnapshot index=0 term=0\n"
                   "state term=2 vote=0 commit=0\nentry term=1 index=1 noop\n"
                   "entry term=2 index=2 noop\n")
                .kind,
            LogHead::Kind::kJoined);
  EXPECT_EQ(HeadOf("metadata node=1 cluster=9\nsnapshot index=0 term=0\n"
                   "snapshot index=70 term=3\nstate term=3 vote=0 commit=70\n"
                   "entry term=3 index=71 noop\n")
                .kind,
            LogHead::Kind::kFed);
}

}  // namespace
}  // namespace etcdf::wal
