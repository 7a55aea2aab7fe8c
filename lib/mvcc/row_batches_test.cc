#include "mvcc/row_batches.h"

#include <gtest/gtest.h>

#include <atomic>
#include <span>
#include <string>
#include <vector>

#include "testing/memory_database.h"
#include "testing/proto_writer.h"

namespace etcdf::mvcc {
namespace {

class RowBatchesTest : public ::testing::Test {
 protected:
  RowBatchesTest() {
    for (char i = 1; i <= 10; ++i) {
      database_.Put("key", std::string(7, '\0') + i + "_" + std::string(8, '\0'),
                    testing::ProtoWriter().Bytes(1, "k").Number(4, 1).bytes());
    }
  }
  Store store() { return {.database = database_, .file = file_, .findings = findings_}; }

  testing::MemoryDatabase database_;
  std::string file_ = "db";
  FindingList findings_;
};

TEST_F(RowBatchesTest, AllRowsInTheirOrder) {
  std::string seen;
  VisitInBatches(
      store(),
      [&](std::span<const KeyRow> rows) {
        for (const KeyRow& row : rows) seen += std::to_string(row.at.revision.main) + " ";
        seen += "| ";
        return true;
      },
      4);
  EXPECT_EQ(seen, "1 2 3 4 | 5 6 7 8 | 9 10 | ");
}

TEST_F(RowBatchesTest, EndsWhenItIsTold) {
  size_t calls = 0;
  VisitInBatches(
      store(), [&](std::span<const KeyRow>) { return ++calls < 2; }, 3);
  EXPECT_EQ(calls, 2U);
}

TEST(WorkInSlicesTest, EachOnce) {
  for (const size_t count : {size_t{0}, size_t{1}, size_t{2}, size_t{1000}}) {
    std::vector<std::atomic<int>> done(count);
    WorkInSlices(count, [&](const Slice& slice) {
      EXPECT_LT(slice.ordinal, SliceCount());
      for (size_t i = slice.begin; i < slice.end; ++i) ++done[i];
    });
    for (const auto& each : done) EXPECT_EQ(each, 1);
  }
}

}  // namespace
}  // namespace etcdf::mvcc
