#include "snapshot-status/backups.h"

#include <gtest/gtest.h>

namespace etcdf::snapshot_status {
namespace {

// 2026-11-23T03:00:00Z
constexpr int64_t kThreeOClock = 1'795'402'800;

TEST(TimeInNameTest, IsReadAsPeopleWriteIt) {
  for (const char* const name :
       {"etcd-2026-11-23T03-00-00Z.db.gz", "snapshot_2026-11-23_030000.db", "20261123030000.db",
        "etcd.20261123T0300.snap", "backup-2026.11.23-03.00.00.tar.gz", "snap-1795402800",
        "etcd-snapshot-node1-1795402800", "etcd-snapshot-10-0-0-1-1795402800.zip",
        "backup-1795402800123.db"}) {
    EXPECT_EQ(TimeInName(name), kThreeOClock) << name;
  }
  EXPECT_EQ(TimeInName("etcd-2026-11-23.db"), kThreeOClock - int64_t{3} * 3600);
  EXPECT_EQ(TimeInName("etcd-v3.5.12-20261123.db"), kThreeOClock - int64_t{3} * 3600);
}

TEST(TimeInNameTest, IsNotMadeOfOtherNumbers) {
  for (const char* const name : {"backup.db", "etcd-3.5.12.db", "node-10-0-0-1.db", "20269999.db",
                                 "snap-17954028001.db", "00000000000000ff-0000000000000001.snap"}) {
    EXPECT_FALSE(TimeInName(name)) << name;
  }
}

BackupFolder FolderOf(const std::string& sound) {
  BackupFolder folder;
  for (const char c : sound) folder.backups.push_back({.is_sound = c == '+'});
  Judge(folder);
  return folder;
}

TEST(JudgeTest, FindsTheNewestGoodOneAndWhatNoneHas) {
  EXPECT_EQ(FolderOf("+++").newest_good, 2u);
  EXPECT_TRUE(FolderOf("+++").gaps.empty());
  const BackupFolder ends_badly = FolderOf("++--");
  EXPECT_EQ(ends_badly.newest_good, 1u);
  ASSERT_EQ(ends_badly.gaps.size(), 1u);
  EXPECT_EQ(ends_badly.gaps[0].from, 1u);
  EXPECT_EQ(ends_badly.gaps[0].to, 3u);
  const BackupFolder begins_badly = FolderOf("-+-+");
  EXPECT_EQ(begins_badly.newest_good, 3u);
  ASSERT_EQ(begins_badly.gaps.size(), 2u);
  EXPECT_FALSE(begins_badly.gaps[0].from);
  EXPECT_EQ(begins_badly.gaps[1].from, 1u);
  EXPECT_EQ(begins_badly.gaps[1].to, 3u);
  const BackupFolder bad = FolderOf("--");
  EXPECT_FALSE(bad.newest_good);
  EXPECT_TRUE(bad.gaps.empty());
}

}  // namespace
}  // namespace etcdf::snapshot_status
