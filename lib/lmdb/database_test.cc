#include "lmdb/database.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "lmdb/writer.h"
#include "testing/temp_dir.h"

namespace etcdf::lmdb {
namespace {

namespace fs = std::filesystem;
using Rows = std::vector<std::pair<std::string, std::string>>;
using Content = std::map<std::string, Rows>;

std::string BigEndian(uint64_t number) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift);
  return bytes;
}

Result<void> Write(const Content& content, const std::string& folder) {
  auto writer = Writer::Create(folder);
  if (!writer) return Fail(writer.error());
  for (const auto& [name, rows] : content) {
    if (auto begun = writer->BeginBucket(AsBytes(name)); !begun) return begun;
    for (const auto& [key, value] : rows) {
      if (auto done = writer->Append(AsBytes(key), AsBytes(value)); !done) return done;
    }
  }
  return writer->Finish();
}

Rows AllRows(backend::Scan& scan) {
  Rows all;
  std::array<backend::Row, 7> rows;
  while (const size_t count = scan.Next(rows)) {
    for (size_t i = 0; i < count; ++i) {
      all.emplace_back(AsText(rows[i].key), AsText(rows[i].value));
    }
  }
  return all;
}

Rows Append(Rows all, const Rows& more) {
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

Content ReadAll(const backend::Database& database, size_t parts) {
  Content content;
  FindingList findings;
  for (const Bytes name : database.bucket_names()) {
    Rows& rows = content[std::string(AsText(name))];
    for (const auto& scan : database.Open(name)->Split(parts, findings)) {
      rows = Append(std::move(rows), AllRows(*scan));
    }
  }
  return content;
}

// Buckets of several levels, empty, of one row, with values that overflow their page and with none.
Content ManyShapes() {
  Content content;
  for (uint64_t i = 0; i < 2000; ++i) {
    content["key"].emplace_back(BigEndian(i * i) + "_" + BigEndian(i % 3),
                                std::string(i % 100 == 0 ? 5000 + i : i % 40, 'v'));
  }
  content["empty"] = {};
  content["one"] = {{"k", ""}};
  content["long keys"] = {{std::string(511, 'a'), "1"}, {std::string(511, 'b'), "2"}};
  return content;
}

class LmdbTest : public ::testing::Test {
 protected:
  std::string Path(const char* name) const { return (temp_.path() / name).string(); }
  // A sound one.
  static std::unique_ptr<backend::Database> Open(const std::string& path) {
    FindingList findings;
    auto database = OpenDatabase(path, findings);
    EXPECT_TRUE(database) << database.error().Message();
    EXPECT_TRUE(findings.findings().empty()) << FindingText(findings.findings()[0]);
    return database ? *std::move(database) : nullptr;
  }

  testing::TempDir temp_;
};

TEST_F(LmdbTest, WhatIsWrittenIsReadBack) {
  const Content content = ManyShapes();
  ASSERT_TRUE(Write(content, Path("env")));
  const auto database = Open(Path("env"));
  ASSERT_TRUE(database);
  EXPECT_EQ(database->engine(), backend::Engine::kLmdb);
  EXPECT_EQ(database->size_bytes(), fs::file_size(Path("env") + "/data.mdb"));
  for (const size_t parts : {1U, 2U, 7U, 64U})
    EXPECT_EQ(ReadAll(*database, parts), content) << parts;
  EXPECT_EQ(database->Open(AsBytes("no such")), nullptr);
  EXPECT_EQ(ReadAll(*Open(Path("env") + "/data.mdb"), 1), content);
}

TEST_F(LmdbTest, ReadingLeavesNothingBehind) {
  ASSERT_TRUE(Write(ManyShapes(), Path("env")));
  const auto before = testing::TreeState::Of(temp_.path(), "");
  ReadAll(*Open(Path("env")), 3);
  EXPECT_EQ(before.ChangesTo(testing::TreeState::Of(temp_.path(), "")), std::vector<std::string>());
  EXPECT_FALSE(fs::exists(Path("env") + "/lock.mdb"));
  EXPECT_FALSE(fs::exists(Path("env") + "/data.mdb-lock"));
}

TEST_F(LmdbTest, ACursorMovesBothWaysAndSeeks) {
  ASSERT_TRUE(Write({{"b", {{"a", "1"}, {"c", "2"}, {"e", "3"}}}}, Path("env")));
  const auto database = Open(Path("env"));
  const auto bucket = database->Open(AsBytes("b"));
  FindingList findings;
  const auto cursor = bucket->NewCursor(findings);
  const auto key = [&] { return AsText(cursor->row().key); };
  EXPECT_TRUE(cursor->First() && key() == "a");
  EXPECT_TRUE(cursor->Next() && key() == "c");
  EXPECT_TRUE(cursor->Prev() && key() == "a");
  EXPECT_FALSE(cursor->Prev());
  EXPECT_TRUE(cursor->Last() && key() == "e");
  EXPECT_FALSE(cursor->Next());
  EXPECT_TRUE(cursor->Seek(AsBytes("b")) && key() == "c");
  EXPECT_TRUE(cursor->Seek(AsBytes("c")) && key() == "c");
  EXPECT_TRUE(cursor->Seek({}) && key() == "a");
  EXPECT_FALSE(cursor->Seek(AsBytes("f")));
}

TEST_F(LmdbTest, MoreThanTheFirstMapHolds) {
  Content content;
  for (uint64_t i = 0; i < 40; ++i) {
    content["big"].emplace_back(BigEndian(i), std::string(uint64_t{5} << 20, 'x'));
  }
  ASSERT_TRUE(Write(content, Path("env")));
  const auto database = Open(Path("env"));
  ASSERT_TRUE(database);
  EXPECT_EQ(ReadAll(*database, 1), content);
}

TEST_F(LmdbTest, WhatLmdbCannotHoldIsAnErrorThatNamesTheRow) {
  const auto refused = [&](const Content& content) {
    static int number = 0;
    const auto written = Write(content, Path(("refused" + std::to_string(++number)).c_str()));
    return written ? "written" : written.error().Message();
  };
  EXPECT_EQ(refused({{"b", {{std::string(512, 'k'), ""}}}}),
            "bucket b, key \"" + std::string(80, 'k') +
                "\"... (512 bytes): LMDB's keys have 1 to 511 bytes");
  EXPECT_EQ(refused({{"b", {{"", "v"}}}}), "bucket b, key \"\": LMDB's keys have 1 to 511 bytes");
  EXPECT_EQ(refused({{"b", {{"k", "1"}, {"k", "2"}}}}),
            "bucket b, key \"k\": the key stands in the bucket twice");
  EXPECT_NE(refused({{std::string("a\0b", 3), {}}}), "written");
  EXPECT_NE(refused({{std::string(), {}}}), "written");
}

TEST_F(LmdbTest, RowsOutOfOrderFindTheirPlace) {
  ASSERT_TRUE(Write({{"b", {{"c", "3"}, {"a", "1"}, {"b", "2"}}}}, Path("env")));
  const Content sorted = {{"b", {{"a", "1"}, {"b", "2"}, {"c", "3"}}}};
  EXPECT_EQ(ReadAll(*Open(Path("env")), 1), sorted);
}

TEST_F(LmdbTest, AnExistingFolderIsNotWrittenInto) {
  fs::create_directory(Path("env"));
  EXPECT_FALSE(Writer::Create(Path("env")));
  EXPECT_TRUE(fs::is_empty(Path("env")));
}

}  // namespace
}  // namespace etcdf::lmdb
