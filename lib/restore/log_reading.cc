#include "restore/log_reading.h"

#include <algorithm>
#include <utility>

#include "checksum/crc32c.h"
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
            return Stop("wal: max entry size limit exceeded");
          }
          return StopTorn();
        case wal::FrameStatus::kFrame: return Take(segment, frame, record);
      }
    }
    return false;
  }

  bool Stop(std::string etcd_says) {
    fault_ = {.etcd_says = std::move(etcd_says), .file = file(), .at = frame_at_};
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
    Stop("unexpected EOF");
    fault_.repairable = segments_.size() == 1;
    return false;
  }

  bool Take(Bytes segment, const wal::Frame& frame, wal::Record& record) {
    if (IsTooLarge(frame.length_field)) return Stop("wal: max entry size limit exceeded");
    const auto is_torn = [&] {
      return segments_.size() == 1 && wal::HasZeroedSector(segment, frame);
    };
    const auto decoded = wal::DecodeRecord(frame.record);
    if (!decoded) return is_torn() ? StopTorn() : Stop("proto: the record cannot be decoded");
    record = *decoded;
    at_ = frame.end;
    if (record.type == wal::RecordType::kCrc) {
      if (crc_ != 0 && crc_ != record.crc) return Stop("wal: crc mismatch");
      crc_ = record.crc;
      return true;
    }
    crc_ = Crc32cExtend(crc_, record.data);
    if (crc_ == record.crc) return true;
    return is_torn() ? StopTorn() : Stop("walpb: crc mismatch");
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
    auto mapped = io::MappedFile::Open(file.path);
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
  while (decoder.Next(record)) {
    if (record.type == wal::RecordType::kSnapshot) {
      if (const auto snapshot = wire::DecodeWalSnapshot(record.data)) {
        result.committed.push_back({.index = snapshot->index, .term = snapshot->term});
      }
    } else if (record.type == wal::RecordType::kState) {
      state = wire::DecodeHardState(record.data).value_or(state);
    }
  }
  // Any unexpected end is the end here.
  if (decoder.fault().etcd_says != "unexpected EOF") result.fault = decoder.fault();
  std::erase_if(result.committed, [&](const wal::EntryId& id) { return id.index > state.commit; });
  return result;
}

LogTail LogReader::ReadFrom(uint64_t snapshot_index, uint64_t snapshot_term) const {
  LogTail tail{.index_last = snapshot_index};
  // util.go, searchIndex: the last segment whose name does not say that it begins later.
  const auto first =
      std::find_if(segments_.rbegin(), segments_.rend(),
                   [&](const Segment& segment) { return segment.name.index <= snapshot_index; });
  if (first == segments_.rend()) {
    tail.fault = {.etcd_says = "wal: file not found", .file = segments_.front().file.path()};
    return tail;
  }
  const auto chosen =
      std::span(segments_).subspan(static_cast<size_t>(std::distance(first, segments_.rend())) - 1);
  for (size_t i = 1; i < chosen.size(); ++i) {  // util.go, isValidSeq
    const uint64_t before = chosen[i - 1].name.sequence;
    if (before != 0 && before + 1 != chosen[i].name.sequence) {
      tail.fault = {.etcd_says = "wal: file not found", .file = chosen[i].file.path()};
      return tail;
    }
  }
  Decoder decoder(chosen, limits_record_size_);
  wal::Record record;
  while (decoder.Next(record)) {
    switch (record.type) {
      case wal::RecordType::kEntry: {
        const auto entry = wire::DecodeEntry(record.data);
        if (!entry) {
          decoder.Stop("proto: the entry cannot be decoded");
        } else if (entry->index > tail.index_last + 1) {
          decoder.Stop("wal: slice bounds out of range");
        } else if (entry->index > snapshot_index) {
          tail.index_last = entry->index;
        }
        break;
      }
      case wal::RecordType::kState:
        tail.state = wire::DecodeHardState(record.data).value_or(tail.state);
        break;
      case wal::RecordType::kMetadata: {
        const auto metadata = wire::DecodeMetadata(record.data);
        if (metadata && tail.metadata &&
            (metadata->node_id != tail.metadata->node_id ||
             metadata->cluster_id != tail.metadata->cluster_id)) {
          decoder.Stop("wal: conflicting metadata found");
        }
        tail.metadata = metadata;
        break;
      }
      case wal::RecordType::kSnapshot: {
        const auto snapshot = wire::DecodeWalSnapshot(record.data);
        if (snapshot && snapshot->index == snapshot_index && snapshot->term != snapshot_term) {
          decoder.Stop("wal: snapshot mismatch");
        }
        break;
      }
      case wal::RecordType::kCrc: break;
      default:
        decoder.Stop("unexpected block type " + std::to_string(static_cast<int64_t>(record.type)));
    }
    if (decoder.fault()) break;
  }
  (decoder.fault().repairable ? tail.repaired : tail.fault) = decoder.fault();
  return tail;
}

}  // namespace etcdf::restore
