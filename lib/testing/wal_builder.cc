#include "testing/wal_builder.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/escape.h"
#include "checksum/crc32c.h"
#include "testing/proto_writer.h"
#include "testing/request_builder.h"
#include "testing/statements.h"

namespace etcdf::testing {
namespace {

constexpr size_t kFrameHeaderBytes = 8;
constexpr size_t kSectorBytes = 512;
constexpr uint64_t kRepeatMax = 100000;
constexpr uint64_t kFileBytesMax = uint64_t{256} << 20;

enum RecordType : int64_t { kMetadata = 1, kEntry = 2, kState = 3, kCrc = 4, kSnapshot = 5 };

// As etcd writes numbers into file names.
std::string Hex16(uint64_t number) { return FixedHex(number, 16); }

struct Range {
  size_t begin = 0;
  size_t size = 0;
};

// A record before it has a place.
struct DraftRecord {
  int64_t type = 0;
  uint32_t crc = 0;
  std::optional<std::string> body;  // the field `data`
  // A payload that is no record; the fields above are unused.
  std::optional<std::string> bare_frame;
  std::optional<uint64_t> length_field;  // instead of the right one
  std::optional<uint64_t> entry_index;
  bool padded = true;
  std::string label;
};

struct DraftSegment {
  uint64_t sequence = 0;
  uint64_t index = 0;
  std::vector<DraftRecord> records = {};

  std::string FileName() const { return Hex16(sequence) + "-" + Hex16(index) + ".wal"; }
};

// A frame's bytes, and where in them its parts are.
struct EncodedFrame {
  std::string bytes;
  Range type, crc, body, padding;
};

void AppendLe64(std::string& out, uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(value >> shift);
}

EncodedFrame Encode(const DraftRecord& record) {
  EncodedFrame frame;
  std::string payload;
  if (record.bare_frame) {
    payload = *record.bare_frame;
    frame.body = {kFrameHeaderBytes, payload.size()};
  } else {
    // Each field is preceded by its one-byte tag; the parts begin after it.
    const auto part = [&](size_t begin, size_t end) {
      return Range{kFrameHeaderBytes + begin + 1, end - begin - 1};
    };
    ProtoWriter writer;
    writer.Number(1, static_cast<uint64_t>(record.type));
    const size_t type_end = writer.bytes().size();
    frame.type = part(0, type_end);
    writer.Number(2, record.crc);
    const size_t crc_end = writer.bytes().size();
    frame.crc = part(type_end, crc_end);
    if (record.body) {
      writer.Bytes(3, *record.body);
      frame.body = {kFrameHeaderBytes + writer.bytes().size() - record.body->size(),
                    record.body->size()};
    }
    payload = writer.bytes();
  }
  const size_t pad = record.padded ? (8 - payload.size() % 8) % 8 : 0;
  uint64_t length_field = payload.size();
  if (pad != 0) length_field |= uint64_t{0x80 | pad} << 56;
  AppendLe64(frame.bytes, record.length_field.value_or(length_field));
  frame.bytes += payload;
  frame.padding = {frame.bytes.size(), pad};
  frame.bytes.append(pad, '\0');
  return frame;
}

std::string BuildConfState(const std::vector<uint64_t>& voters,
                           const std::vector<uint64_t>& learners) {
  ProtoWriter state;
  for (const uint64_t id : voters) state.Number(1, id);
  for (const uint64_t id : learners) state.Number(2, id);
  state.Number(5, 0);  // auto_leave, which etcd writes even when it is false
  return state.bytes();
}

// What etcd puts into a fresh cluster's .snap file: an empty v2 store.
constexpr std::string_view kEmptyV2Store =
    R"({"Root":{"Path":"/","CreatedIndex":0,"ModifiedIndex":0,)"
    R"("ExpireTime":"0001-01-01T00:00:00Z","Value":"","Children":{}},"CurrentIndex":0,)"
    R"("CurrentVersion":2})";

class EvidenceBuilder {
 public:
  // Carries out one statement.
  Result<void> Apply(const Statement& statement);
  // Call once, after the last statement.
  BuiltEvidence Finish() {
    LayOut();
    return std::move(evidence_);
  }

 private:
  using Handler = void (EvidenceBuilder::*)(StatementReader&);
  enum class Stage : uint8_t { kRecords, kWholeRecords, kBytes };
  struct VerbSpec {
    std::string_view verb;
    Stage stage;
    Handler handler;
  };
  static const VerbSpec kVerbs[];

  // A record, by its place among all records, and the segment it is in.
  struct Address {
    size_t segment = 0;
    size_t record = 0;
    size_t number = 0;  // among all, from 0
  };

  // Writing.
  void Start(StatementReader& reader);
  void Metadata(StatementReader& reader);
  void Snapshot(StatementReader& reader);
  void State(StatementReader& reader);
  void EntryStatement(StatementReader& reader);
  void Log(StatementReader& reader);
  void Record(StatementReader& reader);
  void Frame(StatementReader& reader);
  void Cut(StatementReader& reader);
  void Chain(StatementReader& reader);
  void Style(StatementReader& reader);
  void Preallocate(StatementReader& reader);
  void Snap(StatementReader& reader);
  void OtherFile(StatementReader& reader);
  void Repeat(StatementReader& reader);

  DraftSegment& Segment();
  void AppendCrcRecord();
  void Append(int64_t type, std::string body, std::string label);
  void AppendEntry(uint64_t term, uint64_t index, const EntryPayload& payload);
  DraftRecord NewRecord(std::string label) const;

  // Damage.
  void Drop(StatementReader& reader);
  void Swap(StatementReader& reader);
  void Duplicate(StatementReader& reader);
  void SetCrc(StatementReader& reader);
  void Flip(StatementReader& reader);
  void Zero(StatementReader& reader);
  void Overwrite(StatementReader& reader);
  void SetLength(StatementReader& reader);
  void ZeroSector(StatementReader& reader);
  void Truncate(StatementReader& reader);
  void CutLastRecord(StatementReader& reader);
  void AppendBytes(StatementReader& reader);
  void DeleteSegment(StatementReader& reader);
  void RenameSegment(StatementReader& reader);

  std::optional<Address> FindRecord(StatementReader& reader, std::string_view argument = "record");
  // The place PLACE speaks of: a file's content and an offset with `length` bytes after it.
  struct Place {
    std::string* file = nullptr;
    size_t offset = 0;
  };
  std::optional<Place> FindPlace(StatementReader& reader, uint64_t length);
  std::string* SegmentFile(StatementReader& reader);
  std::string* FileOf(const Address& address);

  void LayOut();

  Stage stage_ = Stage::kRecords;
  std::vector<DraftSegment> segments_;
  uint32_t crc_ = 0;  // the running checksum
  uint64_t index_last_ = 0;
  std::optional<std::string> metadata_;
  std::optional<std::string> hard_state_;
  WriterStyle style_ = WriterStyle::kGogo;
  bool padded_ = true;
  uint64_t preallocate_bytes_ = 0;

  bool laid_out_ = false;
  std::vector<EncodedFrame> frames_;       // parallel to evidence_.records
  std::vector<std::string> segment_path_;  // parallel to segments_; empty once deleted
  BuiltEvidence evidence_;
};

const EvidenceBuilder::VerbSpec EvidenceBuilder::kVerbs[] = {
    {"start", Stage::kRecords, &EvidenceBuilder::Start},
    {"metadata", Stage::kRecords, &EvidenceBuilder::Metadata},
    {"snapshot", Stage::kRecords, &EvidenceBuilder::Snapshot},
    {"state", Stage::kRecords, &EvidenceBuilder::State},
    {"entry", Stage::kRecords, &EvidenceBuilder::EntryStatement},
    {"log", Stage::kRecords, &EvidenceBuilder::Log},
    {"record", Stage::kRecords, &EvidenceBuilder::Record},
    {"frame", Stage::kRecords, &EvidenceBuilder::Frame},
    {"cut", Stage::kRecords, &EvidenceBuilder::Cut},
    {"chain", Stage::kRecords, &EvidenceBuilder::Chain},
    {"style", Stage::kRecords, &EvidenceBuilder::Style},
    {"preallocate", Stage::kRecords, &EvidenceBuilder::Preallocate},
    {"snap", Stage::kRecords, &EvidenceBuilder::Snap},
    {"file", Stage::kRecords, &EvidenceBuilder::OtherFile},
    {"repeat", Stage::kRecords, &EvidenceBuilder::Repeat},
    {"drop", Stage::kWholeRecords, &EvidenceBuilder::Drop},
    {"swap", Stage::kWholeRecords, &EvidenceBuilder::Swap},
    {"duplicate", Stage::kWholeRecords, &EvidenceBuilder::Duplicate},
    {"set-crc", Stage::kWholeRecords, &EvidenceBuilder::SetCrc},
    {"flip", Stage::kBytes, &EvidenceBuilder::Flip},
    {"zero", Stage::kBytes, &EvidenceBuilder::Zero},
    {"overwrite", Stage::kBytes, &EvidenceBuilder::Overwrite},
    {"set-length", Stage::kBytes, &EvidenceBuilder::SetLength},
    {"zero-sector", Stage::kBytes, &EvidenceBuilder::ZeroSector},
    {"truncate", Stage::kBytes, &EvidenceBuilder::Truncate},
    {"cut-last-record", Stage::kBytes, &EvidenceBuilder::CutLastRecord},
    {"append", Stage::kBytes, &EvidenceBuilder::AppendBytes},
    {"delete-segment", Stage::kBytes, &EvidenceBuilder::DeleteSegment},
    {"rename-segment", Stage::kBytes, &EvidenceBuilder::RenameSegment},
};

Result<void> EvidenceBuilder::Apply(const Statement& statement) {
  StatementReader reader(statement);
  const std::string_view verb = reader.Verb();
  const auto spec = std::ranges::find(kVerbs, verb, &VerbSpec::verb);
  if (spec == std::end(kVerbs)) {
    reader.Misuse("unknown statement", verb);
  } else if (spec->stage < stage_) {
    reader.Misuse("comes too late: first records, then damage to records, then to bytes", verb);
  } else {
    stage_ = spec->stage;
    if (stage_ == Stage::kBytes) LayOut();
    (this->*spec->handler)(reader);
  }
  return reader.Finish();
}

// ---- Writing

DraftSegment& EvidenceBuilder::Segment() {
  if (segments_.empty()) {
    segments_.push_back({});
    AppendCrcRecord();
  }
  return segments_.back();
}

DraftRecord EvidenceBuilder::NewRecord(std::string label) const {
  DraftRecord record;
  record.padded = padded_;
  record.label = std::move(label);
  return record;
}

void EvidenceBuilder::AppendCrcRecord() {
  DraftRecord record = NewRecord("crc");
  record.type = kCrc;
  record.crc = crc_;
  segments_.back().records.push_back(std::move(record));
}

void EvidenceBuilder::Append(int64_t type, std::string body, std::string label) {
  DraftSegment& segment = Segment();  // first, since it may begin with a crc record
  DraftRecord record = NewRecord(std::move(label));
  crc_ = Crc32cExtend(crc_, AsBytes(body));
  record.type = type;
  record.crc = crc_;
  record.body = std::move(body);
  segment.records.push_back(std::move(record));
}

void EvidenceBuilder::Start(StatementReader& reader) {
  if (!segments_.empty()) return reader.Misuse("must come first", "start");
  const DraftSegment segment{.sequence = reader.Number("seq"), .index = reader.Number("index")};
  crc_ = static_cast<uint32_t>(reader.Number("crc", 0));
  const std::string head = reader.Text("head", "crc");
  if (head != "crc" && head != "none") reader.Misuse("is crc or none", "head");
  segments_.push_back(segment);
  if (segment.index > 0) index_last_ = segment.index - 1;
  if (head == "crc") AppendCrcRecord();
}

void EvidenceBuilder::Metadata(StatementReader& reader) {
  ProtoWriter metadata;
  metadata.Number(1, reader.Number("node")).Number(2, reader.Number("cluster"));
  metadata_ = metadata.bytes();
  Append(kMetadata, *metadata_, "metadata");
}

void EvidenceBuilder::Snapshot(StatementReader& reader) {
  const uint64_t index = reader.Number("index");
  ProtoWriter snapshot;
  snapshot.Number(1, index).Number(2, reader.Number("term"));
  if (reader.Has("voters") || reader.Has("learners")) {
    snapshot.Bytes(3, BuildConfState(reader.Numbers("voters"), reader.Numbers("learners")));
  }
  index_last_ = std::max(index_last_, index);
  Append(kSnapshot, snapshot.bytes(), "snapshot " + std::to_string(index));
}

void EvidenceBuilder::State(StatementReader& reader) {
  ProtoWriter state;
  state.Number(1, reader.Number("term"));
  state.Number(2, reader.Number("vote"));
  state.Number(3, reader.Number("commit"));
  hard_state_ = state.bytes();
  Append(kState, *hard_state_, "state");
}

void EvidenceBuilder::AppendEntry(uint64_t term, uint64_t index, const EntryPayload& payload) {
  ProtoWriter entry;
  if (style_ == WriterStyle::kGogo || payload.entry_type != 0) entry.Number(1, payload.entry_type);
  entry.Number(2, term).Number(3, index);
  if (!payload.bytes.empty()) entry.Bytes(4, payload.bytes);
  Append(kEntry, entry.bytes(), "entry " + std::to_string(index));
  segments_.back().records.back().entry_index = index;
  index_last_ = index;
}

void EvidenceBuilder::EntryStatement(StatementReader& reader) {
  const uint64_t term = reader.Number("term");
  const uint64_t index = reader.Number("index");
  RequestHeader header;
  if (reader.Has("id")) header.id = reader.Number("id");
  if (reader.Has("user")) header.user = reader.Text("user");
  if (reader.Has("auth_revision")) header.auth_revision = reader.Number("auth_revision");
  AppendEntry(term, index, BuildEntryPayload(reader, header, style_));
}

void EvidenceBuilder::Log(StatementReader& reader) {
  uint64_t index = reader.Number("from");
  for (const uint64_t term : reader.Numbers("terms")) {
    ProtoWriter put, request;
    put.Bytes(1, "k" + std::to_string(index)).Bytes(2, "t" + std::to_string(term));
    request.Bytes(4, put.bytes());
    AppendEntry(term, index++, {.bytes = request.bytes()});
  }
}

void EvidenceBuilder::Record(StatementReader& reader) {
  const auto type = static_cast<int64_t>(reader.Number("type"));
  Append(type, reader.Text("data", ""), "type " + std::to_string(type));
  DraftRecord& record = segments_.back().records.back();
  if (!reader.Has("data")) record.body.reset();
  if (reader.Has("crc")) record.crc = static_cast<uint32_t>(reader.Number("crc"));
}

void EvidenceBuilder::Frame(StatementReader& reader) {
  DraftRecord record = NewRecord("frame");
  record.bare_frame = reader.Text("payload");
  if (reader.Has("length")) record.length_field = reader.Number("length");
  Segment().records.push_back(std::move(record));
}

void EvidenceBuilder::Cut(StatementReader& reader) {
  const DraftSegment& last = Segment();
  const DraftSegment next{.sequence = reader.Number("seq", last.sequence + 1),
                          .index = reader.Number("index", index_last_ + 1)};
  const std::string head = reader.Text("head", "full");
  if (head != "full" && head != "crc" && head != "none") {
    return reader.Misuse("is full, crc or none", "head");
  }
  segments_.push_back(next);
  if (head != "none") AppendCrcRecord();
  if (head == "full" && metadata_) Append(kMetadata, *metadata_, "metadata");
  if (head == "full" && hard_state_) Append(kState, *hard_state_, "state");
}

void EvidenceBuilder::Chain(StatementReader& reader) {
  crc_ = static_cast<uint32_t>(reader.Number("crc"));
}

void EvidenceBuilder::Style(StatementReader& reader) {
  const std::string_view version = reader.Verb();
  if (version != "2.3" && version != "3.6" && version != "3.7") {
    return reader.Misuse("is 2.3, 3.6 or 3.7", "style");
  }
  padded_ = version != "2.3";
  style_ = version == "3.7" ? WriterStyle::kGoogle : WriterStyle::kGogo;
}

void EvidenceBuilder::Preallocate(StatementReader& reader) {
  preallocate_bytes_ = reader.Number("bytes");
  if (preallocate_bytes_ > kFileBytesMax) reader.Misuse("is at most 256 MiB", "bytes");
}

void EvidenceBuilder::Snap(StatementReader& reader) {
  const uint64_t term = reader.Number("term");
  const uint64_t index = reader.Number("index");
  ProtoWriter metadata, snapshot, envelope;
  metadata.Bytes(1, BuildConfState(reader.Numbers("voters"), reader.Numbers("learners")));
  metadata.Number(2, index).Number(3, term);
  snapshot.Bytes(1, reader.Text("data", kEmptyV2Store)).Bytes(2, metadata.bytes());
  const std::string broken = reader.Text("broken", "");
  uint32_t crc = Crc32cExtend(0, AsBytes(snapshot.bytes()));
  if (broken == "crc") crc ^= 1;
  if (broken == "zero-crc") crc = 0;
  envelope.Number(1, crc).Bytes(2, snapshot.bytes());
  std::string file = envelope.bytes();
  if (broken == "empty") {
    file.clear();
  } else if (broken == "garbage") {
    file.assign(64, '\xff');
  } else if (broken == "cut") {
    file.resize(file.size() / 2);
  } else if (!broken.empty() && broken != "crc" && broken != "zero-crc") {
    reader.Misuse("is crc, zero-crc, empty, garbage or cut", "broken");
  }
  const std::string name = reader.Text("name", Hex16(term) + "-" + Hex16(index) + ".snap");
  evidence_.files["member/snap/" + name] = std::move(file);
}

void EvidenceBuilder::OtherFile(StatementReader& reader) {
  std::string content = reader.Text("bytes", "");
  const uint64_t zeros = reader.Number("zeros", 0);
  if (zeros > kFileBytesMax) return reader.Misuse("is at most 256 MiB", "zeros");
  content.append(zeros, '\0');
  evidence_.files[reader.Text("path")] = std::move(content);
}

// Recursion is bounded by kStatementDepthMax: each level is a block of the text.
void EvidenceBuilder::Repeat(StatementReader& reader) {
  const uint64_t count = reader.Number("count");
  if (count > kRepeatMax) return reader.Misuse("is at most 100000", "count");
  for (uint64_t i = 0; i < count; ++i) {
    for (const Statement& statement : reader.block()) {
      if (const auto applied = Apply(statement); !applied) {
        return reader.Misuse(applied.error().what, "in its block, " + applied.error().subject);
      }
    }
  }
}

// ---- Damage to whole records

std::optional<EvidenceBuilder::Address> EvidenceBuilder::FindRecord(StatementReader& reader,
                                                                    std::string_view argument) {
  std::optional<Address> found;
  const bool by_entry = argument == "record" && reader.Has("entry");
  const std::string text = by_entry ? "" : reader.Text(argument);
  const uint64_t wanted = by_entry         ? reader.Number("entry")
                          : text == "last" ? uint64_t{0}
                                           : reader.Number(argument);
  size_t number = 0;
  for (size_t s = 0; s < segments_.size(); ++s) {
    for (size_t r = 0; r < segments_[s].records.size(); ++r, ++number) {
      const bool match = by_entry         ? segments_[s].records[r].entry_index == wanted
                         : text == "last" ? true
                                          : number + 1 == wanted;
      if (match) found = Address{.segment = s, .record = r, .number = number};
    }
  }
  if (!found) reader.Misuse("there is no such record", by_entry ? "entry" : argument);
  return found;
}

void EvidenceBuilder::Drop(StatementReader& reader) {
  const auto at = FindRecord(reader);
  if (!at) return;
  auto& records = segments_[at->segment].records;
  records.erase(records.begin() + static_cast<ptrdiff_t>(at->record));
}

void EvidenceBuilder::Swap(StatementReader& reader) {
  const auto a = FindRecord(reader);
  const auto b = FindRecord(reader, "with");
  if (!a || !b) return;
  std::swap(segments_[a->segment].records[a->record], segments_[b->segment].records[b->record]);
}

void EvidenceBuilder::Duplicate(StatementReader& reader) {
  const auto at = FindRecord(reader);
  if (!at) return;
  auto& records = segments_[at->segment].records;
  const DraftRecord copy = records[at->record];
  records.insert(records.begin() + static_cast<ptrdiff_t>(at->record), copy);
}

void EvidenceBuilder::SetCrc(StatementReader& reader) {
  const auto at = FindRecord(reader);
  if (!at) return;
  segments_[at->segment].records[at->record].crc = static_cast<uint32_t>(reader.Number("value"));
}

// ---- Damage to bytes

void EvidenceBuilder::LayOut() {
  if (laid_out_) return;
  laid_out_ = true;
  for (const DraftSegment& segment : segments_) {
    const std::string path = "member/wal/" + segment.FileName();
    std::string& file = evidence_.files[path];
    file.clear();
    for (const DraftRecord& record : segment.records) {
      EncodedFrame frame = Encode(record);
      evidence_.records.push_back(
          {.segment = segment.FileName(),
           .offset = file.size(),
           .payload_bytes = frame.bytes.size() - frame.padding.size - kFrameHeaderBytes,
           .padding_bytes = frame.padding.size,
           .type = record.bare_frame ? 0 : record.type,
           .label = record.label});
      file += frame.bytes;
      frames_.push_back(std::move(frame));
    }
    segment_path_.push_back(path);
  }
  if (segments_.empty()) return;
  std::string& last = evidence_.files[segment_path_.back()];
  last.resize(std::max<size_t>(last.size(), preallocate_bytes_));
}

std::string* EvidenceBuilder::SegmentFile(StatementReader& reader) {
  const bool last = !reader.Has("seq");
  const uint64_t sequence = reader.Number("seq", 0);
  for (size_t s = segments_.size(); s-- > 0;) {
    if (segment_path_[s].empty()) continue;
    if (last || segments_[s].sequence == sequence) return &evidence_.files[segment_path_[s]];
  }
  reader.Misuse("there is no such segment", "seq");
  return nullptr;
}

std::string* EvidenceBuilder::FileOf(const Address& address) {
  const std::string& path = segment_path_[address.segment];
  return path.empty() ? nullptr : &evidence_.files[path];
}

std::optional<EvidenceBuilder::Place> EvidenceBuilder::FindPlace(StatementReader& reader,
                                                                 uint64_t length) {
  Place place;
  if (reader.Has("at")) {
    place = {.file = SegmentFile(reader), .offset = reader.Number("at")};
  } else {
    const auto at = FindRecord(reader);
    const std::string part = reader.Text("part", "data");
    const uint64_t byte = reader.Number("byte", 0);
    if (!at) return std::nullopt;
    const EncodedFrame& frame = frames_[at->number];
    const Range range = part == "frame"     ? Range{0, frame.bytes.size()}
                        : part == "length"  ? Range{0, kFrameHeaderBytes}
                        : part == "type"    ? frame.type
                        : part == "crc"     ? frame.crc
                        : part == "data"    ? frame.body
                        : part == "padding" ? frame.padding
                                            : Range{};
    if (byte >= range.size || length > range.size - byte) {
      reader.Misuse("the record has no such byte in this part", part);
      return std::nullopt;
    }
    place = {.file = FileOf(*at),
             .offset = evidence_.records[at->number].offset + range.begin + byte};
  }
  if (place.file == nullptr || place.offset > place.file->size() ||
      length > place.file->size() - place.offset) {
    reader.Misuse("reaches beyond the file", "place");
    return std::nullopt;
  }
  return place;
}

void EvidenceBuilder::Flip(StatementReader& reader) {
  const uint64_t bit = reader.Number("bit", 0);
  const auto place = FindPlace(reader, 1);
  if (bit > 7) return reader.Misuse("is 0 to 7", "bit");
  if (!place) return;
  char& byte = (*place->file)[place->offset];
  byte = static_cast<char>(byte ^ 1 << bit);
}

void EvidenceBuilder::Zero(StatementReader& reader) {
  const uint64_t length = reader.Number("length");
  const auto place = FindPlace(reader, length);
  if (place) place->file->replace(place->offset, length, length, '\0');
}

void EvidenceBuilder::Overwrite(StatementReader& reader) {
  const std::string bytes = reader.Text("bytes");
  const auto place = FindPlace(reader, bytes.size());
  if (place) place->file->replace(place->offset, bytes.size(), bytes);
}

void EvidenceBuilder::SetLength(StatementReader& reader) {
  const auto at = FindRecord(reader);
  std::string field;
  AppendLe64(field, reader.Number("value"));
  if (!at) return;
  std::string* file = FileOf(*at);
  const uint64_t offset = evidence_.records[at->number].offset;
  if (file == nullptr || offset + field.size() > file->size()) {
    return reader.Misuse("is no longer there", "record");
  }
  file->replace(offset, field.size(), field);
}

void EvidenceBuilder::ZeroSector(StatementReader& reader) {
  const auto at = FindRecord(reader);
  const uint64_t nth = reader.Number("nth", 0);
  if (!at) return;
  const PlacedRecord& record = evidence_.records[at->number];
  uint64_t begin = record.offset + kFrameHeaderBytes;
  const uint64_t end = begin + record.payload_bytes + record.padding_bytes;
  for (uint64_t i = 0; begin < end; ++i) {
    const uint64_t piece_end = std::min(end, (begin / kSectorBytes + 1) * kSectorBytes);
    std::string* file = FileOf(*at);
    if (i == nth && file != nullptr && piece_end <= file->size()) {
      file->replace(begin, piece_end - begin, piece_end - begin, '\0');
      return;
    }
    begin = piece_end;
  }
  reader.Misuse("the record reaches into fewer sectors", "nth");
}

void EvidenceBuilder::Truncate(StatementReader& reader) {
  if (reader.Has("to")) {
    std::string* file = SegmentFile(reader);
    const uint64_t size = reader.Number("to");
    if (file != nullptr && size > file->size()) reader.Misuse("is beyond the end", "to");
    if (file != nullptr && reader.ok()) file->resize(size);
    return;
  }
  const auto at = FindRecord(reader);
  const uint64_t keep = reader.Number("keep");
  if (!at) return;
  std::string* file = FileOf(*at);
  if (keep > frames_[at->number].bytes.size() || file == nullptr) {
    return reader.Misuse("the record has fewer bytes", "keep");
  }
  file->resize(evidence_.records[at->number].offset + keep);
}

void EvidenceBuilder::CutLastRecord(StatementReader& reader) {
  const uint64_t bytes = reader.Number("bytes");
  if (frames_.empty()) return reader.Misuse("there is no record", "cut-last-record");
  const size_t last = frames_.size() - 1;
  if (bytes > frames_[last].bytes.size()) {
    return reader.Misuse("the record has fewer bytes", "bytes");
  }
  std::string& file = evidence_.files["member/wal/" + evidence_.records[last].segment];
  file.resize(evidence_.records[last].offset + frames_[last].bytes.size() - bytes);
}

void EvidenceBuilder::AppendBytes(StatementReader& reader) {
  std::string* file = SegmentFile(reader);
  const std::string bytes = reader.Text("bytes", "");
  const uint64_t zeros = reader.Number("zeros", 0);
  if (file == nullptr) return;
  if (zeros > kFileBytesMax) return reader.Misuse("is at most 256 MiB", "zeros");
  *file += bytes;
  file->append(zeros, '\0');
}

void EvidenceBuilder::DeleteSegment(StatementReader& reader) {
  const uint64_t sequence = reader.Number("seq");
  for (size_t s = 0; s < segments_.size(); ++s) {
    if (segments_[s].sequence != sequence || segment_path_[s].empty()) continue;
    evidence_.files.erase(segment_path_[s]);
    segment_path_[s].clear();
    return;
  }
  reader.Misuse("there is no such segment", "seq");
}

void EvidenceBuilder::RenameSegment(StatementReader& reader) {
  const uint64_t sequence = reader.Number("seq");
  const std::string to = "member/wal/" + reader.Text("to");
  for (size_t s = 0; s < segments_.size(); ++s) {
    if (segments_[s].sequence != sequence || segment_path_[s].empty()) continue;
    auto node = evidence_.files.extract(segment_path_[s]);
    node.key() = to;
    evidence_.files.insert(std::move(node));
    segment_path_[s] = to;
    return;
  }
  reader.Misuse("there is no such segment", "seq");
}

}  // namespace

Result<BuiltEvidence> BuildEvidence(std::string_view text) {
  const auto statements = ParseStatements(text);
  if (!statements) return Fail(statements.error());
  EvidenceBuilder builder;
  for (const Statement& statement : *statements) {
    if (const auto applied = builder.Apply(statement); !applied) return Fail(applied.error());
  }
  return builder.Finish();
}

Result<void> WriteEvidence(const BuiltEvidence& evidence, const std::filesystem::path& dir) {
  std::error_code failed;
  std::filesystem::create_directories(dir / "member" / "wal", failed);
  std::filesystem::create_directories(dir / "member" / "snap", failed);
  for (const auto& [path, content] : evidence.files) {
    std::filesystem::create_directories((dir / path).parent_path(), failed);
    std::ofstream file(dir / path, std::ios::binary | std::ios::trunc);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    if (!file.flush()) return FailErrno("cannot write", (dir / path).string());
  }
  return {};
}

std::string DescribeLayout(const BuiltEvidence& evidence) {
  std::string text;
  size_t number = 0;
  for (const PlacedRecord& record : evidence.records) {
    const uint64_t frame_bytes = kFrameHeaderBytes + record.payload_bytes + record.padding_bytes;
    text += std::to_string(++number) + " " + record.segment.substr(0, 16) + " at " +
            std::to_string(record.offset) + ": " + std::to_string(frame_bytes) + " bytes, " +
            record.label + "\n";
  }
  return text;
}

std::string DescribeFiles(const BuiltEvidence& evidence) {
  std::string text;
  for (const auto& [path, content] : evidence.files) {
    text += path + ": " + std::to_string(content.size()) + " bytes\n";
  }
  return text;
}

}  // namespace etcdf::testing
