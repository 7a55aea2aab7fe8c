#include "bolt/database.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bolt/findings.h"
#include "bolt/page_map.h"
#include "bolt/stats.h"
#include "testing/bolt_builder.h"
#include "testing/seed.h"
#include "testing/temp_dir.h"

namespace etcdf::bolt {
namespace {

using RowList = std::vector<std::pair<std::string, std::string>>;

std::string Built(const std::string& text) {
  auto database = testing::BuildDatabase(text);
  EXPECT_TRUE(database) << database.error().Message();
  return database ? std::move(database->bytes) : std::string();
}

void Append(RowList& rows, const backend::Row& row) {
  rows.emplace_back(AsText(row.key), AsText(row.value));
}

RowList ScanAll(const backend::Bucket& bucket, size_t parts, FindingSink& findings) {
  RowList list;
  std::array<backend::Row, 7> rows;
  for (const auto& scan : bucket.Split(parts, findings)) {
    while (const size_t read = scan->Next(rows)) {
      for (size_t i = 0; i < read; ++i) Append(list, rows[i]);
    }
    for (const Finding& finding : scan->findings().findings()) findings.Report(finding);
  }
  return list;
}

RowList WalkForward(const backend::Bucket& bucket, FindingSink& findings) {
  RowList list;
  const auto cursor = bucket.NewCursor(findings);
  for (bool more = cursor->First(); more; more = cursor->Next()) Append(list, cursor->row());
  return list;
}

RowList WalkBackward(const backend::Bucket& bucket, FindingSink& findings) {
  RowList list;
  const auto cursor = bucket.NewCursor(findings);
  for (bool more = cursor->Last(); more; more = cursor->Prev()) Append(list, cursor->row());
  return {list.rbegin(), list.rend()};
}

// Reads everything there is in every way, as far as it goes.
size_t ReadEverything(Bytes bytes, FindingList& findings) {
  const auto file = File::OverBytes(bytes, "f");
  if (!file) return 0;
  (*file)->ReportMetas(findings);
  const auto database = Database::Open(**file, std::nullopt, findings);
  if (!database) return 0;
  size_t rows = 0;
  for (const Bytes name : (*database)->bucket_names()) {
    const auto bucket = (*database)->Open(name);
    rows += ScanAll(*bucket, 3, findings).size();
    WalkForward(*bucket, findings);
    WalkBackward(*bucket, findings);
  }
  const PageMap map(**database, findings);
  for (uint64_t id = 0; id < map.size(); ++id) EXPECT_LE(map.OwnerOf(id), id);
  CollectStats(**database, findings);
  return rows;
}

constexpr char kSmall[] = R"(file page_size=1024 freelist=array
bucket name=b inline=no leaf_rows=3 branch_rows=3 {
 puts from=2 count=30 keys=7
 row key=large value=repeat:x*2500
}
bucket name=inline {
 row key=x value=y
}
bucket name=outer inline=no {
 bucket name=inner inline=no {
  row key=k value=v
 }
}
)";

class BoltDatabaseProperty : public testing::SeededTest {};

TEST_F(BoltDatabaseProperty, CursorsAndScansGiveTheRowsThatWereWritten) {
  for (int round = 0; round < 20; ++round) {
    std::map<std::string, std::string> rows;
    const uint64_t count = Below(400);
    for (uint64_t i = 0; i < count; ++i) {
      std::string value;
      value.resize(Below(10) == 0 ? Below(9000) : Below(30), 'v');
      rows["k" + std::to_string(Below(100000))] = value;
    }
    std::string text = "file page_size=" + std::to_string(1024 << Below(4)) +
                       "\nbucket name=b inline=no leaf_rows=" + std::to_string(1 + Below(9)) +
                       " branch_rows=" + std::to_string(2 + Below(9)) + " {\n";
    for (const auto& [key, value] : rows) {
      text.append(" row key=").append(key).append(" value=\"").append(value).append("\"\n");
    }
    const std::string bytes = Built(text + "}\n");
    const auto file = File::OverBytes(AsBytes(bytes), "f");
    ASSERT_TRUE(file);
    FindingList findings;
    const auto database = Database::Open(**file, std::nullopt, findings);
    ASSERT_TRUE(database);
    const auto bucket = (*database)->Open(AsBytes("b"));
    const RowList expected(rows.begin(), rows.end());
    EXPECT_EQ(ScanAll(*bucket, 1 + Below(9), findings), expected);
    EXPECT_EQ(WalkForward(*bucket, findings), expected);
    EXPECT_EQ(WalkBackward(*bucket, findings), expected);
    const auto cursor = bucket->NewCursor(findings);
    for (int seek = 0; seek < 50; ++seek) {
      const std::string key = "k" + std::to_string(Below(100000));
      const auto at = rows.lower_bound(key);
      ASSERT_EQ(cursor->Seek(AsBytes(key)), at != rows.end());
      if (at != rows.end()) {
        EXPECT_EQ(AsText(cursor->row().key), at->first);
      }
    }
    const PageMap map(**database, findings);
    EXPECT_TRUE(findings.findings().empty()) << FindingText(findings.findings().front());
  }
}

// Reading ends and stays within the file, whatever a byte of it says.
TEST(BoltDatabase, EveryByteMayBeWrong) {
  std::string bytes = Built(kSmall);
  FindingList sound;
  const size_t rows = ReadEverything(AsBytes(bytes), sound);
  ASSERT_EQ(sound.findings().size(), 1u);
  EXPECT_EQ(sound.findings()[0].kind.id, kNestedBucket.id);
  EXPECT_EQ(rows, 31u + 1u + 1u);
  for (size_t at = 0; at < bytes.size(); ++at) {
    constexpr std::array kMasks = {0x01, 0x80, 0xff};
    const char was = bytes[at];
    bytes[at] = static_cast<char>(was ^ kMasks[at % kMasks.size()]);
    FindingList findings;
    EXPECT_LE(ReadEverything(AsBytes(bytes), findings), rows + 100) << "byte " << at;
    bytes[at] = was;
  }
}

TEST(BoltDatabase, EveryTruncationIsReported) {
  const std::string bytes = Built(kSmall);
  for (size_t size = 0; size < bytes.size(); size += 37) {
    // A copy of its own size, so that a sanitizer sees a read behind it.
    const std::vector<uint8_t> cut(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size));
    FindingList findings;
    ReadEverything(cut, findings);
    const auto file = File::OverBytes(cut, "f");
    if (!file) continue;
    EXPECT_EQ(findings.worst(), Severity::kDamage) << size;
  }
}

// A running etcd has lengthened the file and written the meta page after it was mapped.
TEST(BoltFile, ThatHasGrownSinceItWasMappedIsMappedAnew) {
  const testing::TempDir dir;
  const std::string path = (dir.path() / "db").string();
  auto built = testing::BuildDatabase(kSmall);
  ASSERT_TRUE(built);
  ASSERT_TRUE(testing::WriteDatabase(*built, path));
  std::filesystem::resize_file(path, 4096);
  auto mapping = io::MappedFile::Open(path);
  ASSERT_TRUE(mapping);
  ASSERT_TRUE(testing::WriteDatabase(*built, path));
  const auto file = File::OverMapping(*std::move(mapping));
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->bytes().size(), built->bytes.size());
  FindingList findings;
  EXPECT_TRUE(Database::Open(**file, std::nullopt, findings));
  EXPECT_TRUE(findings.findings().empty());
}

TEST(BoltFile, ThatIsCutShortStaysSo) {
  const testing::TempDir dir;
  const std::string path = (dir.path() / "db").string();
  auto built = testing::BuildDatabase(kSmall);
  ASSERT_TRUE(built);
  ASSERT_TRUE(testing::WriteDatabase(*built, path));
  std::filesystem::resize_file(path, 4096);
  const auto file = File::Open(path);
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->bytes().size(), 4096u);
}

// A tree of branches that all lead to the branches below twice: 2^30 ways to one leaf.
TEST(BoltDatabase, ManyWaysToOnePageAreGoneOnce) {
  std::string text = "bucket name=b inline=no leaf_rows=1 branch_rows=2 {\n";
  for (int i = 100; i < 164; ++i) text += " row key=k" + std::to_string(i) + "\n";
  auto built = testing::BuildDatabase(text + "}\n");
  ASSERT_TRUE(built);
  for (const testing::PlacedPage& page : built->pages) {
    if (!page.label.starts_with("branch")) continue;
    const size_t first = page.id * 4096 + 16 + 8;
    built->bytes.replace(first + 16, 8, built->bytes.substr(first, 8));
  }
  FindingList findings;
  EXPECT_LE(ReadEverything(AsBytes(built->bytes), findings), 64u);
  EXPECT_EQ(findings.worst(), Severity::kDamage);
}

// tx_check.go: what bbolt counts as used in its statistics is the extent of the last element.
TEST(BoltStats, CountsAsBboltDoes) {
  const std::string bytes = Built(
      "bucket name=b inline=no {\n row key=k1 value=v\n row key=k2\n}\n"
      "bucket name=i {\n row key=x value=y\n}\n");
  const auto file = File::OverBytes(AsBytes(bytes), "f");
  FindingList findings;
  const auto database = Database::Open(**file, std::nullopt, findings);
  ASSERT_TRUE(database);
  const BucketStats stats = CollectStats(**database, findings);
  EXPECT_EQ(stats.buckets, 2u);
  EXPECT_EQ(stats.leaves.logical, 1u);
  EXPECT_EQ(stats.leaves.bytes_in_use, 16u + 2 * 16 + 5);
  EXPECT_EQ(stats.inline_buckets, 1u);
  EXPECT_EQ(stats.inline_bytes_in_use, 16u + 16 + 2);
  EXPECT_EQ(stats.rows, 3u);
  EXPECT_EQ(stats.depth, 1u);
}

}  // namespace
}  // namespace etcdf::bolt
