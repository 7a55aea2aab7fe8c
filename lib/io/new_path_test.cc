#include "io/new_path.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "testing/temp_dir.h"

namespace etcdf::io {
namespace {

namespace fs = std::filesystem;

TEST(NewPath, HasItsNameOnlyOnceItIsCommitted) {
  const testing::TempDir temp;
  const fs::path path = temp.path() / "out";
  auto made = NewPath::Reserve(path.string());
  ASSERT_TRUE(made);
  std::ofstream(made->part_path()) << "whole";
  EXPECT_FALSE(fs::exists(path));
  ASSERT_TRUE(made->Commit());
  EXPECT_EQ(testing::ReadFile(path), "whole");
  EXPECT_FALSE(fs::exists(made->part_path()));
}

TEST(NewPath, WhatIsNotCommittedIsRemoved) {
  const testing::TempDir temp;
  {
    auto made = NewPath::Reserve((temp.path() / "out/").string());
    ASSERT_TRUE(made);
    fs::create_directories(fs::path(made->part_path()) / "folder");
  }
  EXPECT_TRUE(fs::is_empty(temp.path()));
}

TEST(NewPath, NothingIsReplaced) {
  const testing::TempDir temp;
  const fs::path path = temp.path() / "out";
  auto made = NewPath::Reserve(path.string());
  ASSERT_TRUE(made);
  fs::create_directory(made->part_path());
  EXPECT_FALSE(NewPath::Reserve(path.string()));  // somebody is at it
  fs::create_directory(path);                     // and somebody was faster
  EXPECT_FALSE(made->Commit());
  EXPECT_FALSE(NewPath::Reserve(path.string()));
  EXPECT_TRUE(fs::is_empty(path));
}

// A path that cannot be is not "there already": whoever makes it learns why.
TEST(NewPath, APathThatCannotBeIsNotTakenForOneThatIsThere) {
  const testing::TempDir temp;
  const auto made = NewPath::Reserve(temp.path() / std::string(300, 'x'));
  ASSERT_TRUE(made);
  EXPECT_FALSE(std::ofstream(made->part_path()));
}

}  // namespace
}  // namespace etcdf::io
