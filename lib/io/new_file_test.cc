#include "io/new_file.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "testing/temp_dir.h"

namespace etcdf::io {
namespace {

namespace fs = std::filesystem;

TEST(NewFile, IsWholeOrNotThere) {
  const testing::TempDir temp;
  const std::string path = (temp.path() / "report").string();
  {
    auto given_up = NewFile::Create(path);
    ASSERT_TRUE(given_up);
    ASSERT_TRUE(given_up->Append(AsBytes("half")));
  }
  EXPECT_TRUE(fs::is_empty(temp.path()));

  auto file = NewFile::Create(path);
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->Append(AsBytes("one ")));
  ASSERT_TRUE(file->Append(AsBytes("two")));
  ASSERT_TRUE(file->Overwrite(1, AsBytes("NE")));
  ASSERT_TRUE(file->Append(AsBytes("!")));
  EXPECT_FALSE(fs::exists(path));
  ASSERT_TRUE(file->Commit());
  EXPECT_EQ(testing::ReadFile(path), "oNE two!");
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST(NewFile, ReplacesNothing) {
  const testing::TempDir temp;
  const std::string path = (temp.path() / "report").string();
  ASSERT_TRUE(NewFile::Create(path)->Commit());
  const auto second = NewFile::Create(path);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace etcdf::io
