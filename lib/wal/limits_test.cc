// A hostile log costs no more than a sound one of its size: what is kept of its oddities is
// bounded, and says so.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/finding.h"
#include "io/data_dir.h"
#include "testing/proto_writer.h"
#include "testing/temp_dir.h"
#include "testing/wal_builder.h"
#include "wal/log.h"
#include "wal/segment_reader.h"

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

void AppendNumber(std::string& out, uint64_t number) {
  for (size_t i = 0; i < sizeof(number); ++i) out += static_cast<char>(number >> (8 * i));
}

void AppendFrame(std::string& out, const std::string& record) {
  const uint64_t padding = (8 - record.size() % 8) % 8;
  AppendNumber(out, record.size() | (padding != 0 ? (0x80 | padding) << 56 : 0));
  out += record;
  out.append(padding, '\0');
}

// The type and checksum of a state record of `data_bytes`, and the head of its data.
std::string RecordHead(uint64_t data_bytes) {
  std::string head("\x08\x03\x10\x07\x1a", 5);
  for (int i = 0; i < 3; ++i, data_bytes >>= 7) head += static_cast<char>((data_bytes & 127) | 128);
  return head + static_cast<char>(data_bytes);
}

// Frames that all reach to the end of the segment and do not match their checksums, each with the
// next one `inside`, right behind its head: a reader that checks every one whole, and goes on
// inside of it, reads the segment as often as there are frames.
std::string Overlapping(size_t count, const std::string& inside) {
  constexpr size_t kHeadBytes = 8 + 9;
  const size_t step = kHeadBytes + 7 + inside.size();
  std::string segment;
  AppendFrame(segment, std::string("\x08\x04\x10\x00", 4));
  AppendFrame(segment, testing::ProtoWriter().Number(1, 3).Number(2, 5).Bytes(3, "x").bytes());
  const size_t end = segment.size() + count * step;
  for (size_t i = 0; i < count; ++i) {
    AppendNumber(segment, end - segment.size() - 8);
    segment += RecordHead(end - segment.size() - 9);
    segment.append(7, '\0');
    segment += inside;
  }
  return segment + std::string(4096, '\0');
}

struct Reading {
  size_t records = 0;
  uint64_t bytes_again = 0;
};

Reading ReadAll(const std::string& segment) {
  SegmentReader reader(AsBytes(segment), SegmentRole::kLast, Checking::kOn, nullptr);
  Reading reading;
  ScannedRecord scanned;
  while (reader.Next(scanned)) ++reading.records;
  reading.bytes_again = reader.position().spent_bytes;
  return reading;
}

TEST(WalLimits, FramesThatLieOverOneAnotherAreReadInTimeLinearInTheirBytes) {
  // A small record before each frame says what the chain holds there, so that the frame is checked.
  std::string small;
  AppendFrame(small, testing::ProtoWriter().Number(1, 3).Number(2, 5).Bytes(3, "x").bytes());
  for (const size_t count : {size_t{1000}, size_t{4000}}) {
    const std::string segment = Overlapping(count, small);
    EXPECT_LE(ReadAll(segment).bytes_again, 8 * segment.size()) << count;
  }
}

TEST(WalLimits, ARecordInsideADamagedFrameIsStillRead) {
  std::string small;
  AppendFrame(small, testing::ProtoWriter().Number(1, 3).Number(2, 5).Bytes(3, "x").bytes());
  // The crc record, the first state record, and the one inside of the frame.
  EXPECT_EQ(ReadAll(Overlapping(1, small)).records, 3u);
}

}  // namespace
}  // namespace etcdf::wal
