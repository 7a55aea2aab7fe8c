// What each layer between a segment's bytes and its summary costs per byte: frames alone, records,
// records against the CRC chain, and the scan that keeps the summary. The segment is as a busy
// member writes it: entries of some 180 bytes, a hard state after each eighth.
#include <benchmark/benchmark.h>

#include <array>
#include <string>

#include "checksum/crc32c.h"
#include "testing/proto_writer.h"
#include "wal/frame.h"
#include "wal/record.h"
#include "wal/segment_reader.h"
#include "wal/segment_scan.h"

namespace etcdf::wal {
namespace {

using testing::ProtoWriter;

constexpr uint64_t kEntries = 80'000;  // 15 MB: more than the caches hold
constexpr uint64_t kPayloadBytes = 156;
constexpr uint64_t kEntriesPerState = 8;

class SegmentBuilder {
 public:
  void Append(RecordType type, std::string_view data) {
    crc_ = Crc32cExtend(crc_, AsBytes(data));
    ProtoWriter record;
    record.Number(1, static_cast<uint64_t>(type)).Number(2, crc_);
    if (type != RecordType::kCrc) record.Bytes(3, data);
    const uint64_t record_bytes = record.bytes().size();
    const uint64_t pad_bytes = (8 - record_bytes % 8) % 8;
    const uint64_t length_field = record_bytes | (pad_bytes ? (0x80 | pad_bytes) << 56 : 0);
    for (size_t i = 0; i < kFrameHeaderBytes; ++i) {
      segment_ += static_cast<char>(length_field >> (8 * i));
    }
    segment_ += record.bytes();
    segment_.append(pad_bytes, '\0');
  }

  std::string Take() { return std::move(segment_); }

 private:
  std::string segment_;
  uint32_t crc_ = 0;
};

Bytes Segment() {
  static const std::string segment = [] {
    SegmentBuilder builder;
    builder.Append(RecordType::kCrc, {});
    builder.Append(RecordType::kMetadata, ProtoWriter().Number(1, 1).Number(2, 2).bytes());
    for (uint64_t index = 1; index <= kEntries; ++index) {
      const std::string payload(kPayloadBytes, static_cast<char>(index));
      builder.Append(
          RecordType::kEntry,
          ProtoWriter().Number(1, 0).Number(2, 2).Number(3, index).Bytes(4, payload).bytes());
      if (index % kEntriesPerState != 0) continue;
      builder.Append(RecordType::kState,
                     ProtoWriter().Number(1, 2).Number(2, 1).Number(3, index).bytes());
    }
    return builder.Take();
  }();
  return AsBytes(segment);
}

void CountWork(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(Segment().size()));
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kEntries));
}

void WalkFrames(benchmark::State& state) {
  for (auto _ : state) {
    uint64_t at = 0;
    for (FrameRead read = ReadFrame(Segment(), 0); read.status == FrameStatus::kFrame;
         read = ReadFrame(Segment(), at)) {
      at = read.frame.end;
    }
    benchmark::DoNotOptimize(at);
  }
  CountWork(state);
}
BENCHMARK(WalkFrames);

void DecodeRecords(benchmark::State& state) {
  for (auto _ : state) {
    uint64_t data_bytes = 0;
    uint64_t at = 0;
    for (FrameRead read = ReadFrame(Segment(), 0); read.status == FrameStatus::kFrame;
         read = ReadFrame(Segment(), at)) {
      const auto record = DecodeRecord(read.frame.record);
      if (record) data_bytes += record->data.size();
      at = read.frame.end;
    }
    benchmark::DoNotOptimize(data_bytes);
  }
  CountWork(state);
}
BENCHMARK(DecodeRecords);

void ReadSegment(benchmark::State& state, Checking checking) {
  for (auto _ : state) {
    SegmentReader reader(Segment(), SegmentRole::kFinished, checking, nullptr);
    ScannedRecord scanned;
    uint64_t records = 0;
    while (reader.Next(scanned)) ++records;
    benchmark::DoNotOptimize(records);
  }
  CountWork(state);
}
BENCHMARK_CAPTURE(ReadSegment, unchecked, Checking::kOff);
BENCHMARK_CAPTURE(ReadSegment, checked, Checking::kOn);

void Scan(benchmark::State& state) {
  for (auto _ : state) {
    const SegmentSummary summary = ScanSegment(Segment(), 0, SegmentRole::kFinished, nullptr);
    benchmark::DoNotOptimize(summary.entries);
  }
  CountWork(state);
}
BENCHMARK(Scan);

}  // namespace
}  // namespace etcdf::wal
