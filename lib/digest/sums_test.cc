#include "digest/sums.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "mvcc/schema.h"
#include "testing/memory_database.h"
#include "testing/proto_writer.h"
#include "testing/temp_dir.h"
#include "testing/wal_builder.h"

namespace etcdf::digest {
namespace {

std::string BigEndian(uint64_t number) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift);
  return bytes;
}

std::string RowKey(uint64_t revision, uint64_t sub = 0) {
  return BigEndian(revision) + "_" + BigEndian(sub);
}

std::string KeyValue(const std::string& key, const std::string& value) {
  return testing::ProtoWriter().Bytes(1, key).Bytes(5, value).bytes();
}

constexpr uint64_t kRevisions = 12'000;

// The key that revision N puts; 500 keys in turn, one of which is deleted each time instead.
std::string KeyAt(uint64_t revision) { return "k" + std::to_string(revision % 500); }
bool Deletes(uint64_t revision) { return revision % 500 == 7; }

void PutRevision(testing::MemoryDatabase& database, uint64_t revision,
                 const std::string& value = "v") {
  if (Deletes(revision)) {
    database.Put("key", RowKey(revision) + "t",
                 testing::ProtoWriter().Bytes(1, KeyAt(revision)).bytes());
  } else {
    database.Put("key", RowKey(revision), KeyValue(KeyAt(revision), value));
    if (revision % 10 == 0) database.Put("key", RowKey(revision, 1), KeyValue("extra", value));
  }
}

void PutRevisions(testing::MemoryDatabase& database, uint64_t last) {
  for (uint64_t revision = 2; revision <= last; ++revision) PutRevision(database, revision);
}

// As etcd compacts at `compact` (v3.6.9, server/storage/mvcc/kvstore_compaction.go): of each key
// the newest row up to there stays, unless it is a tombstone.
void Compact(testing::MemoryDatabase& database, uint64_t compact, bool finished = true) {
  database.Put("meta", mvcc::kScheduledCompactName, RowKey(compact));
  if (!finished) return;
  database.Put("meta", mvcc::kFinishedCompactName, RowKey(compact));
  const uint64_t newest_extra = compact / 10 * 10;
  for (uint64_t revision = 2; revision <= compact; ++revision) {
    const bool is_newest = revision + 500 > compact;
    if (!is_newest || Deletes(revision)) {
      database.Erase("key", RowKey(revision) + (Deletes(revision) ? "t" : ""));
    }
    if (revision != newest_extra) database.Erase("key", RowKey(revision, 1));
  }
}

class Sums : public ::testing::Test {
 protected:
  mvcc::Store StoreOf(const testing::MemoryDatabase& database) {
    return {database, file_, findings_};
  }
  DatabaseSums Of(const testing::MemoryDatabase& database) {
    return SumDatabase(StoreOf(database));
  }
  Comparison Compared(const testing::MemoryDatabase& a, const testing::MemoryDatabase& b) {
    return Compare(Of(a).history, Of(b).history);
  }

  std::string file_ = "db";
  FindingList findings_;
};

TEST_F(Sums, TheSameRowsAreTheSame) {
  testing::MemoryDatabase a, b;
  PutRevisions(a, kRevisions);
  PutRevisions(b, kRevisions);
  const Comparison compared = Compared(a, b);
  EXPECT_EQ(compared.compared, (Span{0, kRevisions}));
  EXPECT_TRUE(compared.differing.empty());
  EXPECT_EQ(Of(a).compacted_state, WideFingerprint());
  EXPECT_TRUE(findings_.findings().empty());
}

TEST_F(Sums, EveryKindOfDifferenceIsNamedAtItsRevision) {
  testing::MemoryDatabase sound, odd;
  PutRevisions(sound, 2000);
  PutRevisions(odd, 2000);
  PutRevision(odd, 100, "another value");
  odd.Erase("key", RowKey(300));
  odd.Erase("key", RowKey(510, 1));
  odd.Put("key", RowKey(700, 2), KeyValue("more", "v"));
  odd.Erase("key", RowKey(900));
  odd.Put("key", RowKey(900) + "t", KeyValue(KeyAt(900), "v"));  // the mark alone
  odd.Put("key", RowKey(1100), KeyValue("another key", "v"));
  // Two rows that changed places hold the same bytes, under other revisions.
  odd.Put("key", RowKey(1301), KeyValue(KeyAt(1302), "v"));
  odd.Put("key", RowKey(1302), KeyValue(KeyAt(1301), "v"));
  EXPECT_EQ(
      Compared(sound, odd).differing,
      (std::vector<Span>{
          {99, 100}, {299, 300}, {509, 510}, {699, 700}, {899, 900}, {1099, 1100}, {1300, 1302}}));
}

TEST_F(Sums, AMemberThatLagsIsComparedUpToWhereItIs) {
  testing::MemoryDatabase ahead;
  PutRevisions(ahead, kRevisions);
  for (const uint64_t lag : {1U, 1000U}) {
    testing::MemoryDatabase behind;
    PutRevisions(behind, kRevisions - lag);
    const Comparison compared = Compared(ahead, behind);
    EXPECT_EQ(compared.compared, (Span{0, kRevisions - lag}));
    EXPECT_TRUE(compared.differing.empty());
    const uint64_t last = kRevisions - lag;
    PutRevision(behind, last, "another value");
    EXPECT_EQ(Compared(ahead, behind).differing, (std::vector<Span>{{last - 1, last}}));
  }
}

TEST_F(Sums, WhatACompactionRemovedIsNoDifference) {
  testing::MemoryDatabase all, compacted;
  PutRevisions(all, kRevisions);
  PutRevisions(compacted, kRevisions);
  Compact(compacted, 3000);
  const Comparison compared = Compared(all, compacted);
  EXPECT_EQ(compared.compared, (Span{3000, kRevisions}));
  EXPECT_TRUE(compared.differing.empty());
  // The database that still has it all can say what must be left at 3000.
  const DatabaseSums digest = Of(compacted);
  const DatabaseSums ours = SumHistory(StoreOf(all), digest.history.span());
  EXPECT_EQ(ours.history.span(), digest.history.span());
  EXPECT_TRUE(Compare(ours.history, digest.history).differing.empty());
  EXPECT_EQ(ours.compacted_state, digest.compacted_state);
  EXPECT_NE(digest.compacted_state, WideFingerprint());
}

TEST_F(Sums, ACompactionThatIsNotFinishedIsNoDifference) {
  testing::MemoryDatabase finished, unfinished;
  PutRevisions(finished, 5000);
  PutRevisions(unfinished, 5000);
  Compact(finished, 3000);
  Compact(unfinished, 3000, /*finished=*/false);
  EXPECT_EQ(Of(finished).compacted_state, Of(unfinished).compacted_state);
  EXPECT_EQ(Compared(finished, unfinished).compared, (Span{3000, 5000}));
  EXPECT_TRUE(Compared(finished, unfinished).differing.empty());
  EXPECT_EQ(Of(finished).buckets, Of(unfinished).buckets);

  PutRevision(finished, 2999, "another value");
  EXPECT_NE(Of(finished).compacted_state, Of(unfinished).compacted_state);
}

TEST_F(Sums, OtherBucketsHaveASumEachAndMetaWithoutWhatProgresses) {
  testing::MemoryDatabase a, b;
  for (testing::MemoryDatabase* database : {&a, &b}) {
    PutRevisions(*database, 10);
    database->Put("lease", BigEndian(1), "x");
    database->Put("lease", BigEndian(2), "y");
    database->Put("auth", "authEnabled", "\x01");
    database->Put("meta", "confState", "{}");
  }
  a.Put("meta", "consistent_index", BigEndian(10));
  b.Put("meta", "consistent_index", BigEndian(11));
  b.Put("meta", "term", BigEndian(2));
  EXPECT_EQ(Of(a).buckets, Of(b).buckets);
  ASSERT_EQ(Of(a).buckets.size(), 3u);
  EXPECT_EQ(Of(a).buckets[1].name, "lease");
  EXPECT_EQ(Of(a).buckets[1].rows, 2u);
  // Values that changed places.
  b.Put("lease", BigEndian(1), "y");
  b.Put("lease", BigEndian(2), "x");
  EXPECT_NE(Of(a).buckets[1], Of(b).buckets[1]);
  b.Put("meta", "confState", "{\"voters\":[1]}");
  EXPECT_NE(Of(a).buckets[2], Of(b).buckets[2]);
}

TEST_F(Sums, ARowThatIsNoRevisionIsReportedAndLeftOut) {
  testing::MemoryDatabase sound, odd;
  PutRevisions(sound, 100);
  PutRevisions(odd, 100);
  odd.Put("key", "not a revision", "x");
  EXPECT_TRUE(Compared(sound, odd).differing.empty());
  ASSERT_EQ(findings_.findings().size(), 1u);
  EXPECT_EQ(findings_.findings()[0].kind.id, "mvcc.bad_row_key");
}

TEST_F(Sums, ADatabaseWithoutKeysHasNothingToCompare) {
  testing::MemoryDatabase empty, some;
  PutRevisions(some, 100);
  EXPECT_TRUE(Compared(empty, some).differing.empty());
}

// Of a log written as text. The directory lives as long as the test.
class LogSums : public ::testing::Test {
 protected:
  RangeSums Of(const std::string& name, const std::string& statements);

  testing::TempDir dir_;
};

RangeSums LogSums::Of(const std::string& name, const std::string& statements) {
  const std::filesystem::path dir = dir_.path() / name;
  const auto evidence = testing::BuildEvidence(statements);
  EXPECT_TRUE(evidence) << evidence.error().Message();
  EXPECT_TRUE(testing::WriteEvidence(*evidence, dir));
  FindingList findings;
  const auto found = io::FindDataDir(dir.string());
  EXPECT_TRUE(found);
  auto log = wal::Log::Open(*found, std::nullopt, findings);
  EXPECT_TRUE(log);
  log->Scan(findings);
  return SumLog(*log);
}

constexpr const char* kHead = "metadata node=1 cluster=2\nsnapshot index=0 term=0\n";

std::string Entries(uint64_t first, uint64_t last, uint64_t term, const std::string& value) {
  std::string text;
  for (uint64_t index = first; index <= last; ++index) {
    text += "entry term=" + std::to_string(term) + " index=" + std::to_string(index) +
            " put key=k value=" + value + "\n";
  }
  return text;
}

TEST_F(LogSums, WhatWasOverwrittenDoesNotCount) {
  const RangeSums plain = Of("plain", kHead + Entries(1, 10, 1, "v") + Entries(11, 20, 2, "v"));
  const RangeSums overwritten =
      Of("overwritten", kHead + Entries(1, 15, 1, "v") + Entries(11, 20, 2, "v"));
  const Comparison compared = Compare(plain, overwritten);
  EXPECT_EQ(compared.compared, (Span{0, 20}));
  EXPECT_TRUE(compared.differing.empty());
}

// A member that lagged behind has a snapshot in the place of entries that the others still have.
TEST_F(LogSums, EntriesWhosePlaceASnapshotTookAreNotCompared) {
  const RangeSums plain = Of("plain", kHead + Entries(1, 30, 1, "v"));
  const RangeSums lagged =
      Of("lagged", kHead + Entries(1, 10, 1, "v") + "snapshot index=20 term=1 voters=1,2,3\n" +
                       Entries(21, 30, 1, "v"));
  const Comparison compared = Compare(plain, lagged);
  EXPECT_EQ(compared.compared, (Span{20, 30}));
  EXPECT_TRUE(compared.differing.empty());
}

TEST_F(LogSums, TermTypeAndPayloadCount) {
  const RangeSums one = Of("one", kHead + Entries(1, 30, 1, "v"));
  const RangeSums two = Of("two", kHead + Entries(1, 9, 1, "v") + Entries(10, 10, 1, "w") +
                                      Entries(11, 19, 1, "v") + Entries(20, 20, 2, "v"));
  const Comparison compared = Compare(one, two);
  EXPECT_EQ(compared.compared, (Span{0, 20}));
  EXPECT_EQ(compared.differing, (std::vector<Span>{{9, 10}, {19, 20}}));
}

TEST_F(LogSums, LogsThatBeginElsewhereAreComparedWhereBothAre) {
  const RangeSums all = Of("all", kHead + Entries(1, 30, 1, "v"));
  const RangeSums late =
      Of("late", "metadata node=1 cluster=2\nsnapshot index=10 term=1\n" + Entries(11, 40, 1, "v"));
  const Comparison compared = Compare(all, late);
  EXPECT_EQ(compared.compared, (Span{10, 30}));
  EXPECT_TRUE(compared.differing.empty());
}

}  // namespace
}  // namespace etcdf::digest
