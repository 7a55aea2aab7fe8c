#include "wal/log.h"

#include <gtest/gtest.h>

#include <map>

#include "testing/seed.h"
#include "testing/temp_dir.h"
#include "testing/wal_builder.h"

namespace etcdf::wal {
namespace {

Log OpenAndScan(const std::filesystem::path& dir, FindingSink& findings) {
  const auto found = io::FindDataDir(dir.string());
  EXPECT_TRUE(found);
  auto log = Log::Open(*found, std::nullopt, findings);
  EXPECT_TRUE(log);
  log->Scan(findings);
  return *std::move(log);
}

// Raft's log by its definition: an append at an index removes everything from that index on.
struct NaiveLog {
  std::map<uint64_t, uint64_t> term_by_index;
  uint64_t superseded = 0;

  void Append(uint64_t index, uint64_t term) {
    const auto from = term_by_index.lower_bound(index);
    superseded += static_cast<uint64_t>(std::distance(from, term_by_index.end()));
    term_by_index.erase(from, term_by_index.end());
    term_by_index[index] = term;
  }
};

// Entries large enough that a few make a chunk, so that overwriting crosses chunks and segments.
class LogProperty : public testing::SeededTest {};

TEST_F(LogProperty, AppliesOverwritesAsTheDefinitionDoes) {
  for (int round = 0; round < 30; ++round) {
    NaiveLog naive;
    std::string text = "metadata node=1 cluster=2\nsnapshot index=0 term=0\n";
    uint64_t term = 1;
    uint64_t next = 1;
    for (int i = 0; i < 60; ++i) {
      const uint64_t dice = Below(20);
      if (dice == 0 && next > 2) {  // a new leader that lacks some of the entries
        next -= 1 + Below(std::min<uint64_t>(next - 1, 12));
        ++term;
      }
      if (dice == 1) text += "cut\n";
      const uint64_t bytes = dice < 10 ? 40'000 : 10;
      text += "entry term=" + std::to_string(term) + " index=" + std::to_string(next) +
              " put key=k value=repeat:v*" + std::to_string(bytes) + "\n";
      naive.Append(next, term);
      ++next;
    }
    const auto evidence = testing::BuildEvidence(text);
    ASSERT_TRUE(evidence) << evidence.error().Message();
    const testing::TempDir dir;
    ASSERT_TRUE(testing::WriteEvidence(*evidence, dir.path() / "d"));

    FindingList findings;
    const Log log = OpenAndScan(dir.path() / "d", findings);
    EXPECT_TRUE(findings.findings().empty()) << FindingText(findings.findings().front());
    std::map<uint64_t, uint64_t> live;
    uint64_t superseded = 0;
    std::vector<LogEntry> entries;
    for (const Chunk& chunk : log.chunks()) {
      log.ReadChunk(chunk, entries);
      for (const LogEntry& entry : entries) {
        if (entry.superseded_by) {
          ++superseded;
          EXPECT_GT(*entry.superseded_by, entry.entry.term);
        } else {
          live[entry.entry.index] = entry.entry.term;
        }
      }
    }
    EXPECT_EQ(live, naive.term_by_index);
    EXPECT_EQ(superseded, naive.superseded);
    EXPECT_EQ(log.summary().entries.live, naive.term_by_index.size());
    EXPECT_EQ(log.summary().entries.superseded, naive.superseded);
    EXPECT_EQ(log.summary().entries.index_last, naive.term_by_index.rbegin()->first);

    const uint64_t after = Below(next);
    const uint64_t until = after + Below(20);
    const EntryCount count = log.Count({.after = after, .until = until});
    const auto expected = std::distance(naive.term_by_index.upper_bound(after),
                                        naive.term_by_index.upper_bound(until));
    EXPECT_EQ(count.live, static_cast<uint64_t>(expected));
  }
}

// A folder, a pipe or a file without permission under a segment's name costs that segment only.
TEST(WalLog, ASegmentThatCannotBeOpenedIsLeftOut) {
  const auto evidence = testing::BuildEvidence(
      "metadata node=1 cluster=2\n"
      "entry term=1 index=1 noop\n"
      "cut\n"
      "entry term=1 index=2 noop\n"
      "cut\n"
      "entry term=1 index=3 noop\n");
  ASSERT_TRUE(evidence) << evidence.error().Message();
  const testing::TempDir dir;
  ASSERT_TRUE(testing::WriteEvidence(*evidence, dir.path()));
  const auto segment = dir.path() / "member" / "wal" / "0000000000000001-0000000000000002.wal";
  ASSERT_TRUE(std::filesystem::remove(segment));
  ASSERT_TRUE(std::filesystem::create_directory(segment));

  FindingList findings;
  const Log log = OpenAndScan(dir.path(), findings);
  ASSERT_FALSE(findings.findings().empty());
  EXPECT_EQ(findings.findings().front().kind.id, io::kUnreadable.id);
  EXPECT_EQ(log.summary().entries.live, 2U);
}

}  // namespace
}  // namespace etcdf::wal
