#include "member/open.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "testing/temp_dir.h"

namespace etcdf::member {
namespace {

namespace fs = std::filesystem;

// A member of a fixture, laid out in ways that people have it.
class OpenTest : public ::testing::Test {
 protected:
  static fs::path Fixture() { return fs::path(ETCDF_TESTDATA) / "fixtures/incident-13766/m2"; }
  std::string Path(const std::string& relative) const { return (dir_.path() / relative).string(); }
  void CopyFolder(const std::string& from, const std::string& to) {
    fs::create_directories(dir_.path() / to);
    fs::copy(Fixture() / from, dir_.path() / to, fs::copy_options::recursive);
  }

  // That both parts can be opened and are those of the fixture.
  static void ExpectWhole(const Source& source) {
    FindingList findings;
    const auto files = Open(source, Parts::kAll, findings);
    ASSERT_TRUE(files) << files.error().Message();
    const auto database = files->OpenDatabase({}, findings);
    ASSERT_TRUE(database) << database.error().Message();
    EXPECT_NE(database->database, nullptr);
    const auto log = files->ReadLog(findings);
    ASSERT_TRUE(log) << log.error().Message();
    EXPECT_EQ(log->summary().entries.index_last, 890u);
    EXPECT_EQ(findings.worst().value_or(Severity::kNote), Severity::kNote);
  }

  testing::TempDir dir_;
  FindingList findings_;
};

TEST_F(OpenTest, TakesADataDirectoryItsMemberFolderAndItsSnapFolder) {
  CopyFolder("member", "d/member");
  ExpectWhole({.path = Path("d")});
  ExpectWhole({.path = Path("d/member")});
  ExpectWhole({.path = Path("d/member/snap")});
}

TEST_F(OpenTest, TakesWalAndSnapApart) {
  CopyFolder("member/wal", "w");
  CopyFolder("member/snap", "s");
  ExpectWhole({.path = Path("s"), .wal_dir = Path("w")});
  ExpectWhole({.path = Path("s/db"), .wal_dir = Path("w")});
  const auto files = Open({.path = Path("s"), .wal_dir = Path("w")}, Parts::kAll, findings_);
  EXPECT_TRUE(files->is_data_dir());
  EXPECT_EQ(files->files().snap_dir, Path("s"));
  const auto apart = Open({.path = Path("s")}, Parts::kAll, findings_);
  ASSERT_TRUE(apart);
  EXPECT_FALSE(apart->has_log());
}

TEST_F(OpenTest, TakesADataDirectoryForThePlaceOfTheLog) {
  CopyFolder("member", "d/member");
  CopyFolder("member/snap", "s");
  ExpectWhole({.path = Path("s"), .wal_dir = Path("d")});
}

TEST_F(OpenTest, TakesAFlatFolder) {
  CopyFolder("member/wal", "flat");
  CopyFolder("member/snap", "flat");
  ExpectWhole({.path = Path("flat")});
}

TEST_F(OpenTest, TakesADataDirectoryWithoutALog) {
  CopyFolder("member/snap", "d/member/snap");
  const auto files = Open({.path = Path("d")}, Parts::kAll, findings_);
  ASSERT_TRUE(files);
  EXPECT_TRUE(files->is_data_dir());
  EXPECT_FALSE(files->has_log());
  EXPECT_TRUE(files->OpenDatabase({}, findings_));
  EXPECT_FALSE(files->ReadLog(findings_));
}

TEST_F(OpenTest, TellsWhyThereIsNoLogWhereOneIsSaidToBe) {
  CopyFolder("member/snap", "s");
  fs::create_directories(dir_.path() / "empty");
  for (const char* place : {"empty", "missing"}) {
    const auto files = Open({.path = Path("s"), .wal_dir = Path(place)}, Parts::kAll, findings_);
    ASSERT_FALSE(files) << place;
    EXPECT_EQ(files.error().code, ErrorCode::kNotFound);
    EXPECT_EQ(files.error().subject, Path(place));
  }
}

TEST_F(OpenTest, SaysOfEachPartThatItIsNotThere) {
  fs::create_directories(dir_.path() / "empty");
  EXPECT_FALSE(Open({.path = Path("missing")}, Parts::kAll, findings_));
  const auto files = Open({.path = Path("empty")}, Parts::kAll, findings_);
  ASSERT_TRUE(files);
  EXPECT_FALSE(files->is_data_dir());
  EXPECT_EQ(files->OpenDatabase({}, findings_).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(files->ReadLog(findings_).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace etcdf::member
