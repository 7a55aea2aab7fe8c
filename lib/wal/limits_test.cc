// A hostile log costs no more than a sound one of its size: what is kept of its oddities is
// bounded, and says so.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/finding.h"
#include "io/data_dir.h"
#include "testing/temp_dir.h"
#include "testing/wal_builder.h"
#include "wal/log.h"

namespace etcdf::wal {
namespace {

// The findings about a log built from `text`.
FindingList FindingsOf(std::string_view text) {
  FindingList findings;
  const testing::TempDir temp;
  const auto evidence = testing::BuildEvidence(text);
  EXPECT_TRUE(evidence) << evidence.error().Message();
  if (!evidence || !testing::WriteEvidence(*evidence, temp.path())) return findings;
  const auto dir = io::FindDataDir(temp.path());
  EXPECT_TRUE(dir);
  if (!dir) return findings;
  auto log = Log::Open(*dir, std::nullopt, findings);
  EXPECT_TRUE(log);
  if (log) log->Scan(findings);
  return findings;
}

size_t Count(const FindingList& findings, std::string_view id) {
  return static_cast<size_t>(std::ranges::count(
      findings.findings(), id, [](const Finding& finding) { return finding.kind.id; }));
}

TEST(WalLimits, OddRecordsBeyondTheLimitAreCountedAndNotListed) {
  const FindingList findings = FindingsOf(
      "metadata node=1 cluster=2\n"
      "repeat count=6000 {\n"
      "  record type=9 data=x\n"
      "}\n");
  EXPECT_EQ(Count(findings, "wal.unknown_record_type"), FindingList::kMaxPerKind);
  ASSERT_EQ(Count(findings, "wal.more_damage"), 1u);
  const Finding& more = *std::ranges::find(findings.findings(), "wal.more_damage",
                                           [](const Finding& finding) { return finding.kind.id; });
  ASSERT_EQ(more.figures.size(), 1u);
  EXPECT_EQ(more.figures[0].value, 6000 - kMaxEvents);
}

TEST(WalLimits, BrokenIndexesBeyondTheLimitAreCountedAndNotListed) {
  // Each entry but the first leaves an index out or goes back to a lower one.
  const FindingList findings = FindingsOf(
      "metadata node=1 cluster=2\n"
      "repeat count=4000 {\n"
      "  entry term=1 index=1 noop\n"
      "  entry term=1 index=3 noop\n"
      "}\n");
  EXPECT_LE(Count(findings, "wal.index_gap"), FindingList::kMaxPerKind);
  EXPECT_EQ(Count(findings, "wal.more_damage"), 1u);
}

}  // namespace
}  // namespace etcdf::wal
