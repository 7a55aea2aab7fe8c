#include "restore/log_reading.h"

#include <algorithm>
#include <utility>

#include "checksum/crc32c.h"
#include "restore/log_events.h"
#include "wal/frame.h"
#include "wal/record.h"

namespace etcdf::restore {
namespace {

// wal/decoder.go, maxWALEntrySizeLimit: 3.3.23, 3.4.10, and 3.5 before 3.5.5.
constexpr uint64_t kRecordSizeLimit = 10 << 20;

bool LimitsRecordSize(const apply::Version& version) {
  if (version.minor == 5) return version.patch < 5;
  return (version.minor == 4 && version.patch >= 10) || (version.minor == 3 && version.patch >= 23);
}

}  // namespace

// The records of some segments in a row, up to the first fault.
class LogReader::Decoder {
 public:
  Decoder(std::span<const Segment> segments, bool limits_record_size)
      : segments_(segments), limits_record_size_(limits_record_size) {}

  // False at the end, and at a fault.
  bool Next(wal::Record& record) {
    while (!segments_.empty()) {
      const Bytes segment = segments_.front().file.bytes();
      const auto [status, frame] = wal::ReadFrame(segment, at_);
      frame_at_ = at_;
      switch (status) {
        case wal::FrameStatus::kEndMarker:
        case wal::FrameStatus::kEndOfFile:
          last_file_ = segments_.front().file.path();
          segments_ = segments_.subspan(1);
          at_ = 0;
          continue;
        case wal::FrameStatus::kShortHeader:
        case wal::FrameStatus::kShortRecord:
          // The limit is looked at before the bytes are.
          if (status == wal::FrameStatus::kShortRecord && IsTooLarge(frame.length_field)) {
            return Stop(LogFaultKind::kTooLong);
          }
          return StopTorn();
        case wal::FrameStatus::kFrame: return Take(segment, frame, record);
      }
    }
    return false;
  }

  bool Stop(LogFaultKind kind, int64_t number = 0) {
    fault_ = {.kind = kind, .file = file(), .at = frame_at_, .number = number};
    return false;
  }

  const LogFault& fault() const { return fault_; }
  const std::string& file() const {
    return segments_.empty() ? last_file_ : segments_.front().file.path();
  }

 private:
  bool IsTooLarge(uint64_t length_field) const {
    return limits_record_size_ && (length_field << 8 >> 8) >= kRecordSizeLimit;
  }

  bool StopTorn() {
    Stop(LogFaultKind::kUnexpectedEnd);
    fault_.repairable = segments_.size() == 1;
    return false;
  }

  bool Take(Bytes segment, const wal::Frame& frame, wal::Record& record) {
    if (IsTooLarge(frame.length_field)) return Stop(LogFaultKind::kTooLong);
    const auto is_torn = [&] {
      return segments_.size() == 1 && wal::HasZeroedSector(segment, frame);
    };
    const auto decoded = wal::DecodeRecord(frame.record);
    if (!decoded) return is_torn() ? StopTorn() : Stop(LogFaultKind::kUndecodable);
    record = *decoded;
    at_ = frame.end;
    if (record.type == wal::RecordType::kCrc) {
      if (crc_ != 0 && crc_ != record.crc) return Stop(LogFaultKind::kSegmentSum);
      crc_ = record.crc;
      return true;
    }
    crc_ = Crc32cExtend(crc_, record.data);
    if (crc_ == record.crc) return true;
    return is_torn() ? StopTorn() : Stop(LogFaultKind::kRecordSum);
  }

  std::span<const Segment> segments_;
  bool limits_record_size_;
  uint64_t at_ = 0;
  uint64_t frame_at_ = 0;
  uint32_t crc_ = 0;
  std::string last_file_;
  LogFault fault_;
};

Result<LogReader> LogReader::Open(const io::DataDir& dir, const apply::Version& version) {
  LogReader reader;
  reader.limits_record_size_ = LimitsRecordSize(version);
  for (const io::SegmentFile& file : dir.segments) {
    auto mapped = io::MappedFile::Open(file.path, file.content);
    if (!mapped) return Fail(mapped.error());
    reader.segments_.push_back({.name = file.name, .file = *std::move(mapped)});
  }
  return reader;
}

SnapshotRecords LogReader::ReadSnapshotRecords() const {
  Decoder decoder(segments_, limits_record_size_);
  SnapshotRecords result;
  wire::HardState state;
  wal::Record record;
  while (!decoder.fault() && decoder.Next(record)) {
    if (record.type == wal::RecordType::kSnapshot) {
      const auto snapshot = wire::DecodeWalSnapshot(record.data);
      if (!snapshot) {
        decoder.Stop(LogFaultKind::kUndecodable);
      } else {
        result.committed.push_back({.index = snapshot->index, .term = snapshot->term});
      }
    } else if (record.type == wal::RecordType::kState) {
      const auto decoded = wire::DecodeHardState(record.data);
      if (!decoded) decoder.Stop(LogFaultKind::kUndecodable);
      state = decoded.value_or(state);
    }
  }
  // Any unexpected end is the end here.
  if (decoder.fault().kind != LogFaultKind::kUnexpectedEnd) result.fault = decoder.fault();
  std::erase_if(result.committed, [&](const wal::EntryId& id) { return id.index > state.commit; });
  return result;
}

// Takes over the records of the log's tail (wal.go, ReadAll).
class LogReader::TailReader {
 public:
  TailReader(Decoder& decoder, const wal::EntryId& snapshot, LogTail& tail)
      : decoder_(decoder), snapshot_(snapshot), tail_(tail) {}

  void Run() {
    wal::Record record;
    while (!decoder_.fault() && decoder_.Next(record)) Take(record);
  }

 private:
  void Take(const wal::Record& record) {
    switch (record.type) {
      case wal::RecordType::kEntry: return TakeEntry(record.data);
      case wal::RecordType::kState: return TakeState(record.data);
      case wal::RecordType::kMetadata: return TakeMetadata(record.data);
      case wal::RecordType::kSnapshot: return TakeSnapshot(record.data);
      case wal::RecordType::kCrc: return;
    }
    decoder_.Stop(LogFaultKind::kUnknownType, static_cast<int64_t>(record.type));
  }

  void TakeEntry(Bytes data) {
    const auto entry = wire::DecodeEntry(data);
    if (!entry) {
      decoder_.Stop(LogFaultKind::kUndecodable);
    } else if (entry->index > tail_.index_last && entry->index - tail_.index_last > 1) {
      decoder_.Stop(LogFaultKind::kEntryGap);
    } else if (entry->index > snapshot_.index) {
      tail_.index_last = entry->index;
      events_.Take(*entry, tail_.events);
    }
  }

  void TakeState(Bytes data) {
    const auto state = wire::DecodeHardState(data);
    if (!state) decoder_.Stop(LogFaultKind::kUndecodable);
    tail_.state = state.value_or(tail_.state);
  }

  // etcd compares the bytes.
  void TakeMetadata(Bytes data) {
    const auto metadata = wire::DecodeMetadata(data);
    if (metadata_ && !Equal(*metadata_, data)) {
      decoder_.Stop(LogFaultKind::kConflictingMetadata);
    } else if (!metadata) {
      decoder_.Stop(LogFaultKind::kUndecodable);
    }
    metadata_ = data;
    tail_.metadata = metadata;
  }

  void TakeSnapshot(Bytes data) {
    const auto snapshot = wire::DecodeWalSnapshot(data);
    if (!snapshot) {
      decoder_.Stop(LogFaultKind::kUndecodable);
    } else if (snapshot->index == snapshot_.index && snapshot->term != snapshot_.term) {
      decoder_.Stop(LogFaultKind::kSnapshotTerm);
    }
  }

  Decoder& decoder_;
  wal::EntryId snapshot_;
  LogTail& tail_;
  std::optional<Bytes> metadata_;
  EventReader events_;
};

LogTail LogReader::ReadFrom(uint64_t snapshot_index, uint64_t snapshot_term) const {
  LogTail tail{.index_last = snapshot_index};
  // util.go, searchIndex: the last segment whose name does not say that it begins later.
  const auto first =
      std::find_if(segments_.rbegin(), segments_.rend(),
                   [&](const Segment& segment) { return segment.name.index <= snapshot_index; });
  if (first == segments_.rend()) {
    tail.fault = {.kind = LogFaultKind::kNoSegment, .file = segments_.front().file.path()};
    return tail;
  }
  const auto chosen =
      std::span(segments_).subspan(static_cast<size_t>(std::distance(first, segments_.rend())) - 1);
  for (size_t i = 1; i < chosen.size(); ++i) {  // util.go, isValidSeq
    const uint64_t before = chosen[i - 1].name.sequence;
    if (before != 0 && before + 1 != chosen[i].name.sequence) {
      tail.fault = {.kind = LogFaultKind::kSequenceGap, .file = chosen[i].file.path()};
      return tail;
    }
  }
  Decoder decoder(chosen, limits_record_size_);
  TailReader(decoder, {.index = snapshot_index, .term = snapshot_term}, tail).Run();
  (decoder.fault().repairable ? tail.repaired : tail.fault) = decoder.fault();
  return tail;
}

}  // namespace etcdf::restore
