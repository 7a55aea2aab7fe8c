// Runs testdata/wal/*.test: logs written from text, and what the library makes of them.
//
//     read-log DIR [after=INDEX]
//
// opens the log of DIR as etcd would for a snapshot at INDEX (without it: all segments) and shows a
// line per segment, the entries in file order as INDEX/TERM with what is to be said of them in
// brackets, what the log says is committed and how far it can be trusted, and the findings.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/counted.h"
#include "base/finding.h"
#include "io/data_dir.h"
#include "testing/datadriven.h"
#include "testing/statements.h"
#include "wal/log.h"

namespace etcdf::wal {
namespace {

const char* TailName(Tail::Kind kind) {
  switch (kind) {
    case Tail::Kind::kExact: return "ends";
    case Tail::Kind::kPreallocated: return "is preallocated from";
    case Tail::Kind::kTorn: return "is torn";
    case Tail::Kind::kDamaged: return "is damaged";
  }
  return "";
}

std::string DescribeSegment(const LogSegment& segment) {
  uint64_t records = 0;
  for (const uint64_t count : segment.summary.records_by_type) records += count;
  return "segment " + std::to_string(segment.name.sequence) + ": " +
         Counted(records, "record", "records") + ", " +
         Counted(segment.summary.entries, "entry", "entries") + ", " +
         TailName(segment.summary.tail.kind) + " at " + std::to_string(segment.summary.tail.at) +
         "\n";
}

std::string DescribeEntry(const LogEntry& entry) {
  std::string text =
      " " + std::to_string(entry.entry.index) + "/" + std::to_string(entry.entry.term);
  if (entry.superseded_by) {
    text += "[superseded by term " + std::to_string(*entry.superseded_by) + "]";
  }
  if (entry.crc_state == CrcState::kMismatch) text += "[crc mismatch]";
  if (entry.crc_state == CrcState::kUnknown) text += "[crc unknown]";
  if (entry.after_damage) text += "[after damage]";
  return text;
}

std::string ReadLog(const testing::Directive& directive) {
  std::optional<uint64_t> start;
  for (const std::string& argument : directive.arguments) {
    if (argument.starts_with("after=")) start = testing::ParseNumber(argument.substr(6));
  }
  const auto dir = io::FindDataDir(directive.arguments.at(0));
  if (!dir) return "error: " + dir.error().Message() + "\n";
  FindingList findings;
  auto log = Log::Open(*dir, start, findings);
  if (!log) return "error: " + log.error().Message() + "\n";
  log->Scan(findings);
  std::string text;
  for (const LogSegment& segment : log->segments()) text += DescribeSegment(segment);
  text += "entries:";
  std::vector<LogEntry> entries;
  for (const Chunk& chunk : log->chunks()) {
    log->ReadChunk(chunk, entries);
    for (const LogEntry& entry : entries) text += DescribeEntry(entry);
  }
  const LogSummary& summary = log->summary();
  text += "\ncommitted " + std::to_string(summary.commit) + ", trusted " +
          std::to_string(summary.index_trusted) + ", live " + std::to_string(summary.entries.live) +
          ", superseded " + std::to_string(summary.entries.superseded) + "\n";
  log->ReportFaults(findings);
  for (const Finding& finding : findings.findings()) text += FindingText(finding) + "\n";
  return text;
}

const testing::DataDriven& Driver() {
  static const testing::DataDriven driver = [] {
    testing::DataDriven with_log(std::filesystem::path(ETCDF_TESTDATA) / "fixtures");
    with_log.On("read-log", testing::Effect::kReadsOnly, ReadLog);
    return with_log;
  }();
  return driver;
}

[[maybe_unused]] const bool kRegistered = [] {
  testing::RegisterDataDrivenTests("WalCases", std::filesystem::path(ETCDF_TESTDATA) / "wal",
                                   Driver());
  return true;
}();

}  // namespace
}  // namespace etcdf::wal
