// The raft log by its records and segments, and .snap files (wal/frame.h, wal/record.h and
// snapfile/snap_file.h tell the formats).
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checksum/crc32c.h"
#include "testing/proto_writer.h"
#include "tests/reliability/fault.h"
#include "wal/frame.h"
#include "wal/record.h"
#include "wire/raft_records.h"

namespace etcdf::reliability {
namespace {

using wal::RecordType;

struct LogRecord {
  size_t at = 0;   // of its frame, as it was read
  size_t end = 0;  // of the padding
  RecordType type = {};
  uint32_t crc = 0;
  std::string data = {};
};

struct Segment {
  std::string* bytes;
  std::vector<LogRecord> records = {};
};

std::string EncodeFrame(const LogRecord& record) {
  testing::ProtoWriter writer;
  writer.Number(1, static_cast<uint64_t>(record.type)).Number(2, record.crc);
  if (record.type != RecordType::kCrc) writer.Bytes(3, record.data);
  const std::string& payload = writer.bytes();
  const uint64_t padding = (8 - payload.size() % 8) % 8;
  std::string frame;
  AppendLe(frame, payload.size() | (padding > 0 ? (0x80 | padding) << 56 : 0));
  return frame + payload + std::string(padding, '\0');
}

// The segments of a log as far as they are sound, to be written again with other records.
class Log {
 public:
  explicit Log(Tree& tree) {
    for (auto& [path, node] : tree) {
      if (!IsSegment(path) || node.kind != Node::Kind::kFile) continue;
      segments_.push_back({.bytes = &node.content});
      Read(segments_.back());
      if (segments_.back().records.empty()) segments_.pop_back();
    }
  }

  bool empty() const { return segments_.empty(); }
  std::vector<Segment>& segments() { return segments_; }

  // `repair`: with the checksums that these records must have, those behind the change included.
  void Write(bool repair) {
    std::optional<uint32_t> chain;
    for (Segment& segment : segments_) {
      std::string written;
      for (LogRecord& record : segment.records) {
        if (record.type == RecordType::kCrc) {
          if (repair && chain) record.crc = *chain;
          chain = record.crc;
        } else {
          chain = Crc32cExtend(chain.value_or(0), AsBytes(record.data));
          if (repair) record.crc = *chain;
        }
        written += EncodeFrame(record);
      }
      written.resize(std::max(written.size(), segment.bytes->size()), '\0');
      *segment.bytes = std::move(written);
    }
  }

 private:
  static void Read(Segment& segment) {
    size_t at = 0;
    for (;;) {
      const auto [status, frame] = wal::ReadFrame(AsBytes(*segment.bytes), at);
      const auto record =
          status == wal::FrameStatus::kFrame ? wal::DecodeRecord(frame.record) : std::nullopt;
      if (!record) return;
      segment.records.push_back({.at = at,
                                 .end = frame.end,
                                 .type = record->type,
                                 .crc = record->crc,
                                 .data = std::string(AsText(record->data))});
      at = frame.end;
    }
  }

  std::vector<Segment> segments_;
};

struct Spot {
  Segment& segment;
  size_t i;

  LogRecord& record() const { return segment.records[i]; }
  std::string Told(const std::string& what) const {
    return "log: " + what + " at " + std::to_string(record().at);
  }
};

Spot Draw(Log& log, Dice& dice) {
  Segment& segment = dice.OneOf(log.segments());
  return {.segment = segment, .i = dice.Below(segment.records.size())};
}

// Changes the records of the log around one that is drawn, and writes the log.
template <typename Change>
std::string OnRecord(Scene& scene, bool repair, Change change) {
  Log log(scene.tree);
  if (log.empty()) return "";
  Spot spot = Draw(log, scene.dice);
  std::string told = change(spot) + (repair ? ", checksums repaired" : "");
  log.Write(repair);
  return told;
}

std::string ChangeLength(Scene& scene) {
  Log log(scene.tree);
  if (log.empty()) return "";
  const Spot spot = Draw(log, scene.dice);
  std::string& bytes = *spot.segment.bytes;
  const size_t at = spot.record().at;
  PutNumber(bytes, at, 8, scene.dice.Instead(NumberAt(bytes, at, 8), 64));
  return spot.Told("another length");
}

std::string ChangeType(Scene& scene) {
  return OnRecord(scene, false, [&](const Spot& spot) {
    const uint64_t was = static_cast<uint64_t>(spot.record().type);
    spot.record().type = static_cast<RecordType>(scene.dice.OneIn(2) ? scene.dice.Below(7)
                                                                     : scene.dice.Instead(was, 64));
    return spot.Told("another type");
  });
}

std::string ChangeCrc(Scene& scene) {
  return OnRecord(scene, false, [&](const Spot& spot) {
    spot.record().crc = static_cast<uint32_t>(scene.dice.Instead(spot.record().crc, 32));
    return spot.Told("another checksum");
  });
}

std::string DropRecords(Scene& scene, bool repair) {
  return OnRecord(scene, repair, [&](const Spot& spot) {
    auto& records = spot.segment.records;
    const size_t count = std::min<size_t>(records.size() - spot.i, 1 + scene.dice.Below(3));
    std::string told = spot.Told(std::to_string(count) + " records left out");
    const auto first = records.begin() + static_cast<std::ptrdiff_t>(spot.i);
    records.erase(first, first + static_cast<std::ptrdiff_t>(count));
    return told;
  });
}
std::string DropSome(Scene& scene) { return DropRecords(scene, false); }
std::string ForgeDrop(Scene& scene) { return DropRecords(scene, true); }

std::string RepeatRecord(Scene& scene) {
  return OnRecord(scene, false, [&](const Spot& spot) {
    std::string told = spot.Told("a record again");
    const LogRecord copy = spot.record();
    spot.segment.records.insert(spot.segment.records.begin() + static_cast<std::ptrdiff_t>(spot.i),
                                copy);
    return told;
  });
}

std::string SwapRecords(Scene& scene) {
  return OnRecord(scene, false, [&](const Spot& spot) {
    std::string told = spot.Told("a record swapped with another");
    std::swap(spot.record(), scene.dice.OneOf(spot.segment.records));
    return told;
  });
}

std::string ForgeData(Scene& scene) {
  return OnRecord(scene, true, [&](const Spot& spot) {
    if (!spot.record().data.empty()) scene.dice.FlipBit(spot.record().data);
    return spot.Told("a bit flipped");
  });
}

// A write that ended anywhere within one of the last records, with nothing, zeros or anything
// behind.
std::string TearTail(Scene& scene) {
  Log log(scene.tree);
  if (log.empty()) return "";
  const Segment& segment = log.segments().back();
  std::string& bytes = *segment.bytes;
  const size_t back = 1 + scene.dice.Below(std::min<size_t>(4, segment.records.size()));
  const LogRecord& record = segment.records[segment.records.size() - back];
  const std::array<size_t, 6> places = {
      record.at,      record.at + 1 + scene.dice.Below(7),
      record.at + 8,  record.at + scene.dice.Below(record.end - record.at),
      record.end - 1, std::min(record.end, record.at / 512 * 512 + 512)};
  const size_t at = scene.dice.OneOf(places);
  const size_t size = bytes.size();
  bytes.resize(at);
  if (scene.dice.OneIn(2)) bytes.resize(size, '\0');
  if (scene.dice.OneIn(4)) bytes += scene.dice.Bytes(scene.dice.Below(64));
  return "log: torn at " + std::to_string(at) + " of the last segment";
}

std::string DropSegment(Scene& scene) {
  std::vector<std::string> paths;
  for (const auto& [path, node] : scene.tree) {
    if (IsSegment(path)) paths.push_back(path);
  }
  if (paths.empty()) return "";
  const std::string path = scene.dice.OneOf(paths);
  scene.tree.erase(path);
  return path + ": removed";
}

// The data of a .snap file, with the checksum that it must have.
std::string ForgeSnap(Scene& scene) {
  std::vector<std::string*> files;
  for (auto& [path, node] : scene.tree) {
    if (IsSnap(path) && node.kind == Node::Kind::kFile) files.push_back(&node.content);
  }
  if (files.empty()) return "";
  std::string& bytes = *scene.dice.OneOf(files);
  const auto envelope = wire::DecodeSnapEnvelope(AsBytes(bytes));
  if (!envelope || envelope->data.empty()) return "";
  std::string data(AsText(envelope->data));
  const size_t limit = scene.dice.OneIn(2) ? data.size() : std::min<size_t>(32, data.size());
  const size_t at = scene.dice.FlipBit(data, 0, limit);
  bytes = testing::ProtoWriter().Number(1, Crc32cExtend(0, AsBytes(data))).Bytes(2, data).bytes();
  return "a .snap file: a bit flipped at " + std::to_string(at) + ", checksum repaired";
}

constexpr auto kFaults =
    std::to_array<Fault>({{"record_length", Trace::kInTheBytes, ChangeLength},
                          {"record_type", Trace::kInTheBytes, ChangeType},
                          {"record_crc", Trace::kInTheBytes, ChangeCrc},
                          {"records_dropped", Trace::kInTheBytes, DropSome},
                          {"record_repeated", Trace::kInTheBytes, RepeatRecord},
                          {"records_swapped", Trace::kInTheBytes, SwapRecords},
                          {"torn_tail", Trace::kInTheBytes, TearTail},
                          {"segment_dropped", Trace::kInTheBytes, DropSegment},
                          {"forged_drop", Trace::kNoneAtAll, ForgeDrop},
                          {"forged_record", Trace::kNoneAtAll, ForgeData},
                          {"forged_snap", Trace::kNoneAtAll, ForgeSnap}});

}  // namespace

std::span<const Fault> LogFaults() { return kFaults; }

}  // namespace etcdf::reliability
