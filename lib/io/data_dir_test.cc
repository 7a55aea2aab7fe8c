#include "io/data_dir.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "testing/temp_dir.h"

namespace etcdf::io {
namespace {

namespace fs = std::filesystem;

// The first frame of any segment (docs/wal.md), enough to be recognised.
constexpr char kSegmentHead[] = "\x04\0\0\0\0\0\0\x84\x08\x04\x10\0\0\0\0\0";

class DataDirTest : public ::testing::Test {
 protected:
  void Touch(const fs::path& name, std::string_view content = {kSegmentHead, 16}) {
    const fs::path path = dir_.path() / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
  }
  std::string Path(const char* name) { return (dir_.path() / name).string(); }

  testing::TempDir dir_;
};

TEST(DataDirNames, ParseAsEtcdParsesThem) {
  const auto segment = ParseSegmentName("000000000000000a-00000000000000ff.wal");
  ASSERT_TRUE(segment);
  EXPECT_EQ(segment->sequence, 10u);
  EXPECT_EQ(segment->index, 255u);
  EXPECT_TRUE(ParseSegmentName("a-ff.wal"));
  for (const char* bad : {"0.tmp", "a.wal", "-.wal", "g-0.wal", "0-0.wal.broken", "0-0", "0--0.wal",
                          "00000000000000000-0.wal"}) {
    EXPECT_FALSE(ParseSegmentName(bad)) << bad;
  }
  const auto snap = ParseSnapName("0000000000000002-00000000000000cc.snap");
  ASSERT_TRUE(snap);
  EXPECT_EQ(snap->term, 2u);
  EXPECT_EQ(snap->index, 0xccu);
  EXPECT_FALSE(ParseSnapName("00000000000000cc.snap.db"));
}

TEST_F(DataDirTest, FindsTheFilesOfADataDirInTheirOrder) {
  Touch("d/member/wal/0000000000000001-0000000000000010.wal");
  Touch("d/member/wal/0000000000000000-0000000000000000.wal");
  Touch("d/member/wal/0.tmp");
  Touch("d/member/snap/0000000000000001-0000000000000005.snap");
  Touch("d/member/snap/0000000000000002-0000000000000003.snap");
  Touch("d/member/snap/db");
  Touch("d/member/snap/0000000000000001-0000000000000004.snap.broken");
  for (const char* name : {"d", "d/member"}) {
    const auto found = FindDataDir(Path(name));
    ASSERT_TRUE(found);
    ASSERT_EQ(found->segments.size(), 2u);
    EXPECT_EQ(found->segments[0].name.sequence, 0u);
    EXPECT_EQ(found->segments[1].name.index, 16u);
    ASSERT_EQ(found->snaps.size(), 2u);
    EXPECT_EQ(found->snaps[0].name.term, 2u);  // newest first
    EXPECT_EQ(found->leftovers.size(), 2u);
  }
}

TEST_F(DataDirTest, TakesAWalDirASegmentOrASnapFileByItself) {
  Touch("d/member/wal/0000000000000000-0000000000000000.wal");
  Touch("renamed.bin");
  const auto wal = FindDataDir(Path("d/member/wal"));
  ASSERT_TRUE(wal);
  EXPECT_EQ(wal->segments.size(), 1u);
  EXPECT_TRUE(wal->snap_dir.empty());
  const auto segment = FindDataDir(Path("renamed.bin"));
  ASSERT_TRUE(segment);
  EXPECT_EQ(segment->segments.size(), 1u);
}

TEST_F(DataDirTest, TakesAFlatFolderForBothFolders) {
  Touch("flat/0000000000000000-0000000000000000.wal");
  Touch("flat/0000000000000001-0000000000000005.snap");
  Touch("flat/0000000000000002-0000000000000007.snap");
  Touch("flat/db");
  Touch("flat/notes.txt");
  const auto found = FindDataDir(Path("flat"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->wal_dir, Path("flat"));
  EXPECT_EQ(found->snap_dir, Path("flat"));
  EXPECT_EQ(found->segments.size(), 1u);
  ASSERT_EQ(found->snaps.size(), 2u);
  EXPECT_EQ(found->snaps[0].name.index, 7u);
  EXPECT_EQ(found->leftovers, std::vector<std::string>{Path("flat/notes.txt")});
}

TEST_F(DataDirTest, SaysWhatAnInputIsThatItDoesNotTake) {
  Touch("notes.txt", "hello");
  fs::create_directories(dir_.path() / "empty");
  const auto text = FindDataDir(Path("notes.txt"));
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, ErrorCode::kWrongKind);
  const auto empty = FindDataDir(Path("empty"));
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().code, ErrorCode::kNotFound);
  const auto missing = FindDataDir(Path("missing"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace etcdf::io
