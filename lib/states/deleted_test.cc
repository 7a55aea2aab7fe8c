#include "states/deleted.h"

#include <gtest/gtest.h>

#include <string>

#include "mvcc/schema.h"
#include "testing/memory_database.h"
#include "testing/proto_writer.h"

namespace etcdf::states {
namespace {

std::string RowKey(int64_t revision, bool tombstone) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(revision >> shift);
  return bytes + "_" + std::string(8, '\0') + (tombstone ? "t" : "");
}

class Member {
 public:
  void Put(int64_t revision, std::string_view key, std::string_view value) {
    database_.Put(mvcc::kKeyBucket, RowKey(revision, false),
                  testing::ProtoWriter()
                      .Bytes(1, key)
                      .Number(3, static_cast<uint64_t>(revision))
                      .Bytes(5, value)
                      .bytes());
  }
  void Delete(int64_t revision, std::string_view key) {
    database_.Put(mvcc::kKeyBucket, RowKey(revision, true),
                  testing::ProtoWriter().Bytes(1, key).bytes());
  }
  mvcc::Store store() { return {.database = database_, .file = file_, .findings = findings_}; }

 private:
  testing::MemoryDatabase database_;
  std::string file_ = "db";
  FindingList findings_;
};

// "last-deleted_at" of each; values that begin with ! are marked.
std::string Deleted(Member& member, int64_t revision, const std::string& prefix = "",
                    size_t keys_at_once = 100) {
  const mvcc::Store store = member.store();
  const auto is_marked = [](const mvcc::KeyRow& row) {
    return AsText(row.kv.value).starts_with('!');
  };
  const DeletedKeys deleted = FindDeleted({.store = store, .revision = revision}, prefix, is_marked,
                                          {.keys = keys_at_once});
  EXPECT_TRUE(deleted.is_whole);
  std::string text;
  for (const DeletedKey& key : deleted.keys) {
    text += std::to_string(key.last.main) + "-" + std::to_string(key.deleted_at.main) + " ";
  }
  return text + std::to_string(deleted.without_version);
}

TEST(Deleted, IsWhatEndsWithATombstone) {
  Member member;
  member.Put(2, "a", "1");
  member.Put(3, "b", "1");
  member.Put(4, "b", "2");
  member.Put(5, "back", "1");
  member.Delete(6, "b");
  member.Delete(7, "back");
  member.Delete(8, "a");
  member.Put(9, "back", "2");
  EXPECT_EQ(Deleted(member, 9), "2-8 4-6 0");
  EXPECT_EQ(Deleted(member, 9, "", 1), "2-8 4-6 0");
  EXPECT_EQ(Deleted(member, 9, "b"), "4-6 0");
  EXPECT_EQ(Deleted(member, 7), "4-6 5-7 0");
  EXPECT_EQ(Deleted(member, 5), "0");
}

TEST(Deleted, GoesBackToBeforeTheDeletionBegan) {
  Member member;
  member.Put(2, "pod", "1");
  member.Put(3, "pod", "2");
  member.Put(4, "pod", "!3");
  member.Put(5, "pod", "!4");
  member.Delete(6, "pod");
  // Of another life, nothing counts.
  member.Put(7, "set", "1");
  member.Delete(8, "set");
  member.Put(9, "set", "!2");
  member.Delete(10, "set");
  EXPECT_EQ(Deleted(member, 10), "3-6 9-10 0");
}

TEST(Deleted, WithoutAVersionIsCounted) {
  Member member;
  member.Delete(5, "a");
  member.Put(6, "b", "1");
  member.Delete(7, "b");
  EXPECT_EQ(Deleted(member, 9), "6-7 1");
}

TEST(Deleted, NothingWithoutKeys) {
  Member member;
  EXPECT_EQ(Deleted(member, 9), "0");
}

}  // namespace
}  // namespace etcdf::states
