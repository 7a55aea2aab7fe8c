// What the writer writes, read again by what reads etcd's files. That bbolt takes it is for the
// test that starts etcd on it (tests/integration/live_audit_test.py).
#include "bolt/writer.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <map>
#include <string>

#include "bolt/database.h"
#include "bolt/page_map.h"
#include "testing/seed.h"
#include "testing/temp_dir.h"

namespace etcdf::bolt {
namespace {

using Rows = std::map<std::string, std::string>;
using Buckets = std::map<std::string, Rows>;

void Write(const Buckets& buckets, const std::string& path) {
  auto writer = Writer::Create(path);
  ASSERT_TRUE(writer);
  for (const auto& [name, rows] : buckets) {
    ASSERT_TRUE(writer->BeginBucket(AsBytes(name)));
    for (const auto& [key, value] : rows) {
      ASSERT_TRUE(writer->Append(AsBytes(key), AsBytes(value)));
    }
  }
  auto file = writer->Finish();
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->Commit());
}

// The buckets that are there; demands that nothing is wrong with the file, nor any page of it free
// or lost.
Buckets Read(const std::string& path) {
  FindingList findings;
  const auto file = *File::Open(path);
  file->ReportMetas(findings);
  const auto database = *Database::Open(*file, std::nullopt, findings);
  const PageMap map(*database, findings);
  EXPECT_EQ(map.size(), file->page_count());
  EXPECT_EQ(map.free_pages(), 0u);
  EXPECT_EQ(file->bytes().size() % Writer::kPageBytes, 0u);
  Buckets buckets;
  for (const Bytes name : database->bucket_names()) {
    Rows& rows = buckets[std::string(AsText(name))];
    const auto cursor = database->Open(name)->NewCursor(findings);
    for (bool more = cursor->First(); more; more = cursor->Next()) {
      rows.emplace(AsText(cursor->row().key), AsText(cursor->row().value));
    }
  }
  for (const Finding& finding : findings.findings()) ADD_FAILURE() << FindingText(finding);
  return buckets;
}

// Pages of each kind, and the fewest elements of one. Inline pages do not count.
struct PageCount {
  size_t branches = 0;
  size_t leaves = 0;
  uint16_t elements_min = UINT16_MAX;
};

PageCount CountPages(const std::string& path) {
  PageCount count;
  const auto file = *File::Open(path);
  for (uint64_t id = 2; id < file->page_count(); ++id) {
    const PageHeader header = file->PageAt(id)->header;
    count.branches += header.flags == kBranchPage ? 1 : 0;
    count.leaves += header.flags == kLeafPage ? 1 : 0;
    if (header.flags != kFreelistPage) {
      count.elements_min = std::min(count.elements_min, header.count);
    }
    id += header.overflow;
  }
  return count;
}

class BoltWriter : public testing::SeededTest {
 protected:
  std::string NewPath() { return (temp_.path() / std::to_string(++files_)).string(); }

  std::string Text(uint64_t bytes_max) {
    std::string text = RandomBytes(Below(bytes_max + 1));
    return text.empty() ? "k" : text;
  }

 private:
  testing::TempDir temp_;
  int files_ = 0;
};

TEST_F(BoltWriter, RowsComeBackAsTheyWere) {
  for (int round = 0; round < 60; ++round) {
    Buckets buckets;
    // Keys of kilobytes make branch pages that overflow, and trees of many levels.
    const uint64_t key_bytes_max = Below(8) == 0 ? 3000 : 40;
    for (uint64_t bucket = Below(6); bucket > 0; --bucket) {
      Rows& rows = buckets[Text(20)];
      for (uint64_t row = Below(round % 2 == 0 ? 12 : 800); row > 0; --row) {
        rows[Text(key_bytes_max)] = RandomBytes(Below(20) == 0 ? Below(20000) : Below(60));
      }
    }
    const std::string path = NewPath();
    Write(buckets, path);
    EXPECT_EQ(Read(path), buckets);
  }
}

// As bbolt, which relies on it when it merges pages (v1.4.3, node.go, minKeys).
TEST_F(BoltWriter, NoPageHasASingleElementIfThereAreTwo) {
  for (size_t count = 2; count < 120; ++count) {
    Buckets buckets;
    for (size_t row = 0; row < count; ++row) {
      buckets["b"]["key" + std::to_string(row)] = std::string(row % 7 == 0 ? 3000 : 500, 'v');
    }
    buckets["c"] = buckets["b"];
    const std::string path = NewPath();
    Write(buckets, path);
    EXPECT_GE(CountPages(path).elements_min, 2) << count << " rows";
  }
}

TEST_F(BoltWriter, SmallBucketsAreInline) {
  const size_t room = Writer::kPageBytes / 4 - kPageHeaderBytes - kElementBytes - 1;
  for (const size_t more : {size_t{0}, size_t{1}}) {
    const Buckets buckets{{"b", {{"k", std::string(room + more, 'v')}}}, {"empty", {}}};
    const std::string path = NewPath();
    Write(buckets, path);
    EXPECT_EQ(Read(path), buckets);
    EXPECT_EQ(CountPages(path).leaves, 1 + more);
  }
}

TEST_F(BoltWriter, PagesAreFilledToNineTenths) {
  constexpr size_t kRows = 20000;
  constexpr size_t kRowBytes = kElementBytes + 6 + 8;
  constexpr size_t kRowsInPage = (Writer::kPageBytes * 9 / 10 - kPageHeaderBytes) / kRowBytes;
  Buckets buckets;
  for (size_t row = 0; row < kRows; ++row) buckets["b"][std::to_string(100000 + row)] = "12345678";
  const std::string path = NewPath();
  Write(buckets, path);
  constexpr size_t kRoot = 1;
  EXPECT_EQ(CountPages(path).leaves, kRoot + (kRows + kRowsInPage - 1) / kRowsInPage);
}

TEST_F(BoltWriter, RefusesWhatBboltCannotHave) {
  auto writer = Writer::Create(NewPath());
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->BeginBucket(AsBytes("b")));
  const auto code = [](const Result<void>& result) {
    return result ? std::nullopt : std::optional(result.error().code);
  };
  EXPECT_EQ(code(writer->Append({}, AsBytes("v"))), ErrorCode::kUnsupported);
  const std::string longest(Writer::kMaxKeyBytes, 'k');
  EXPECT_EQ(code(writer->Append(AsBytes(longest + "k"), {})), ErrorCode::kUnsupported);
  EXPECT_TRUE(writer->Append(AsBytes(longest), {}));
  EXPECT_EQ(code(writer->Append(AsBytes(longest), {})), ErrorCode::kMalformed);
  EXPECT_EQ(code(writer->Append(AsBytes("a"), {})), ErrorCode::kMalformed);
  ASSERT_TRUE(writer->BeginBucket(AsBytes("a")));
  EXPECT_EQ(code(writer->BeginBucket(AsBytes("c"))), ErrorCode::kMalformed);
}

}  // namespace
}  // namespace etcdf::bolt
