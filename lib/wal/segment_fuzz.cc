// Any bytes as a segment: the reader ends, moves forward, stays inside the segment, and reads the
// same again from every chunk that the scan made.
#include "testing/fuzz.h"
#include "wal/segment_reader.h"
#include "wal/segment_scan.h"

namespace etcdf::wal {
namespace {

using testing::Require;

void CheckSegment(Bytes segment, SegmentRole role) {
  const SegmentSummary summary = ScanSegment(segment, 0, role, nullptr);
  Require(summary.tail.at <= segment.size());
  for (const DamageEvent& event : summary.damage) {
    Require(event.damage.at <= event.damage.end && event.damage.end <= segment.size());
  }

  SegmentReader whole(segment, role, Checking::kOn, nullptr);
  uint64_t previous_end = 0;
  ScannedRecord scanned;
  for (const Chunk& chunk : summary.chunks) {
    SegmentReader part(segment, role, Checking::kOn, nullptr, chunk.begin);
    ScannedRecord again;
    while (part.position().at < chunk.end && part.Next(again)) {
      Require(whole.Next(scanned));
      Require(scanned.at >= previous_end && scanned.end > scanned.at);
      Require(scanned.end <= segment.size());
      previous_end = scanned.end;
      Require(again.at == scanned.at && again.end == scanned.end);
      Require(again.crc_state == scanned.crc_state && again.record.crc == scanned.record.crc);
      Require(again.after_damage == scanned.after_damage);
    }
  }
  Require(!whole.Next(scanned));
}

}  // namespace
}  // namespace etcdf::wal

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using etcdf::wal::SegmentRole;
  etcdf::wal::CheckSegment({data, size}, SegmentRole::kLast);
  etcdf::wal::CheckSegment({data, size}, SegmentRole::kLastAndInUse);
  etcdf::wal::CheckSegment({data, size}, SegmentRole::kFinished);
  return 0;
}
