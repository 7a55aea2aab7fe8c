// Any bytes as the segments of a log: all chunks together hold what the summary counts, whatever
// range is asked for, and a log without findings is one sequence of indexes.
//
// The input: up to three segments, each a byte (its name's index) and a long piece; then the last.
#include "wal/log.h"

#include <deque>

#include "testing/fuzz.h"

namespace etcdf::wal {
namespace {

using testing::Require;

constexpr uint64_t kSegmentsMax = 4;

struct Counted {
  EntryCount entries;
  bool ascending = true;
};

// By reading every chunk, whatever it is said to hold.
Counted CountByReading(const Log& log, const IndexRange& range) {
  Counted counted;
  std::vector<LogEntry> entries;
  for (const Chunk& chunk : log.chunks()) {
    log.ReadChunk(chunk, entries);
    for (const LogEntry& entry : entries) {
      Require(entry.at < entry.end && entry.segment < log.segments().size());
      if (!range.Holds(entry.entry.index)) continue;
      Require(Log::MayHold(chunk, range));
      if (entry.superseded_by) {
        ++counted.entries.superseded;
        continue;
      }
      EntryCount& live = counted.entries;
      if (live.live++ == 0) live.index_first = entry.entry.index;
      counted.ascending = counted.ascending && entry.entry.index > live.index_last;
      live.index_last = entry.entry.index;
    }
  }
  return counted;
}

void RequireCounts(const Log& log, const IndexRange& range) {
  const EntryCount told = log.Count(range);
  const EntryCount read = CountByReading(log, range).entries;
  Require(told.live == read.live && told.superseded == read.superseded);
}

void RequireRecordsInOrder(const Log& log) {
  std::vector<ScannedRecord> records;
  for (const Chunk& chunk : log.chunks()) {
    log.ReadRecords(chunk, records);
    uint64_t end = 0;
    for (const ScannedRecord& record : records) {
      Require(record.at >= end && record.end > record.at);
      end = record.end;
    }
  }
}

void ReadLog(const io::DataDir& dir, uint64_t middle) {
  FindingList findings;
  auto log = Log::Open(dir, std::nullopt, findings);
  if (!log) return;
  log->Scan(findings);
  RequireCounts(*log, {});
  RequireCounts(*log, {.until = middle});
  RequireCounts(*log, {.after = middle});
  RequireRecordsInOrder(*log);
  const Counted all = CountByReading(*log, {});
  if (findings.findings().empty()) {
    Require(all.ascending);
    Require(log->summary().index_trusted == all.entries.index_last);
  }
}

}  // namespace
}  // namespace etcdf::wal

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace etcdf;
  testing::FuzzInput input(data, size);
  const uint64_t segments = 1 + input.Byte() % wal::kSegmentsMax;
  std::deque<testing::MemoryFile> files;
  io::DataDir dir;
  for (uint64_t sequence = 0; sequence < segments; ++sequence) {
    const uint64_t index = input.Byte();
    files.emplace_back(sequence + 1 < segments ? input.LongPiece() : input.Rest());
    dir.segments.push_back({files.back().path(), {.sequence = sequence, .index = index}});
  }
  wal::ReadLog(dir, 3);
  return 0;
}
