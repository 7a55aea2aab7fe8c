#include "mvcc/key_history.h"

#include <gtest/gtest.h>

#include <string>

#include "testing/memory_database.h"
#include "testing/proto_writer.h"

namespace etcdf::mvcc {
namespace {

using std::string_literals::operator""s;

struct Change {
  char revision;
  std::string key;
  uint64_t version;  // 0: a tombstone
};

testing::MemoryDatabase DatabaseWith(std::initializer_list<Change> changes) {
  testing::MemoryDatabase database;
  for (const Change& change : changes) {
    testing::ProtoWriter message;
    message.Bytes(1, change.key);
    if (change.version > 0) message.Number(4, change.version);
    database.Put("key",
                 "\0\0\0\0\0\0\0"s + change.revision + "_\0\0\0\0\0\0\0\0"s +
                     (change.version == 0 ? "t" : ""),
                 message.bytes());
  }
  return database;
}

// "2:1" is revision 2 in generation 1; "!" marks where compaction cut.
std::string HistoryOf(const testing::MemoryDatabase& database, std::string_view key) {
  FindingList findings;
  const std::string file = "db";
  std::string text;
  VisitHistory({.database = database, .file = file, .findings = findings}, AsBytes(key),
               [&](const HistoryRow& each) {
                 text += std::to_string(each.row.at.revision.main) + ":" +
                         std::to_string(each.generation) + (each.is_cut ? "! " : " ");
                 return true;
               });
  return text;
}

TEST(KeyHistoryTest, Generations) {
  const auto database = DatabaseWith(
      {{2, "a", 1}, {3, "b", 1}, {4, "a", 2}, {5, "a", 0}, {6, "a", 1}, {7, "b", 2}, {8, "a", 0}});
  EXPECT_EQ(HistoryOf(database, "a"), "2:1 4:1 5:1 6:2 8:2 ");
  EXPECT_EQ(HistoryOf(database, "b"), "3:1 7:1 ");
  EXPECT_EQ(HistoryOf(database, "c"), "");
}

TEST(KeyHistoryTest, WhereCompactionCut) {
  EXPECT_EQ(HistoryOf(DatabaseWith({{5, "a", 4}, {6, "a", 5}}), "a"), "5:1! 6:1 ");
  EXPECT_EQ(HistoryOf(DatabaseWith({{5, "a", 0}, {6, "a", 1}}), "a"), "5:1! 6:2 ");
}

TEST(KeyHistoryTest, StateAtARevision) {
  const auto database = DatabaseWith({{2, "a", 1}, {4, "a", 2}, {5, "a", 0}, {7, "a", 1}});
  FindingList findings;
  const std::string file = "db";
  const Store store{.database = database, .file = file, .findings = findings};
  std::string seen;
  for (int64_t revision = 1; revision <= 8; ++revision) {
    const auto row = FindAt(store, AsBytes("a"), revision);
    seen += row ? std::to_string(row->at.revision.main) : "-";
  }
  EXPECT_EQ(seen, "-224--77");
}

}  // namespace
}  // namespace etcdf::mvcc
