// Any bytes as the log and the .snap file of a member: what etcd's decoder would make of them ends,
// nothing follows a step that stops etcd, and of a log without a fault both readers see the same
// end.
//
// The input: two bytes, the index of the second segment and of the snapshot; two long pieces, the
// first segment and the .snap file; the rest is the second segment.
#include "restore/forecast.h"
#include "restore/log_reading.h"
#include "testing/fuzz.h"

namespace etcdf::restore {
namespace {

using testing::Require;

void RequireSameEnd(const LogReader& reader, const wal::Log& log, const FindingList& findings) {
  const LogTail tail = reader.ReadFrom(0, 0);
  if (tail.fault || tail.repaired || !findings.findings().empty()) return;
  Require(tail.index_last == log.summary().entries.index_last);
  Require(tail.state.commit == log.summary().state.commit);
}

void Read(const io::DataDir& dir) {
  FindingList findings;
  auto log = wal::Log::Open(dir, std::nullopt, findings);
  if (!log) return;
  log->Scan(findings);
  const DatabaseState database{.is_open = true, .has_buckets = true};
  const Evidence evidence = {
      .dir = dir, .log = &*log, .database = &database, .met = findings.findings()};
  for (const apply::Version version :
       {apply::Version{3, 4, 30}, apply::Version{3, 6, 9}, apply::Version{3, 7, 1}}) {
    const auto reader = LogReader::Open(dir, version);
    Require(reader.has_value());
    reader->ReadSnapshotRecords();
    RequireSameEnd(*reader, *log, findings);
    const Forecast forecast = ForecastStart(evidence, version);
    for (size_t i = 0; i + 1 < forecast.remarks.size(); ++i) {
      Require(forecast.remarks[i].weight != Weight::kStops);
    }
  }
}

}  // namespace
}  // namespace etcdf::restore

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace etcdf;
  testing::FuzzInput input(data, size);
  const uint64_t index = input.Byte();
  const uint64_t snapshot = input.Byte();
  const testing::MemoryFile first(input.LongPiece());
  const testing::MemoryFile snap(input.LongPiece());
  const testing::MemoryFile second(input.Rest());
  io::DataDir dir = {.path = "fuzz",
                     .wal_dir = "fuzz",
                     .segments = {{first.path(), {.sequence = 0, .index = 0}}},
                     .snaps = {{snap.path(), {.term = 2, .index = snapshot}}}};
  restore::Read(dir);
  dir.segments.push_back({second.path(), {.sequence = 1, .index = index}});
  restore::Read(dir);
  return 0;
}
