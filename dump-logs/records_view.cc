#include <thread>

#include "app/process.h"
#include "base/counted.h"
#include "describe/go_text.h"
#include "describe/json.h"
#include "dump-logs/views.h"
#include "output/json_writer.h"
#include "output/ordered.h"
#include "raft/message.h"

namespace etcdf::dump_logs {
namespace {

// How a kind of record is named and read. `index_field` is the number --start-index is held
// against: the index of an entry or snapshot, the commit of a hard state.
struct RecordView {
  const char* text_name;
  const char* json_name;
  const raft::MessageSchema* schema;
  uint32_t index_field;
};

RecordView ViewOf(wal::RecordType type) {
  switch (type) {
    case wal::RecordType::kMetadata: return {"Metadata: ", "metadata", &raft::MetadataSchema(), 0};
    case wal::RecordType::kEntry: return {"Entry: ", "entry", &raft::EntrySchema(), 3};
    case wal::RecordType::kState: return {"HardState: ", "hard_state", &raft::HardStateSchema(), 3};
    case wal::RecordType::kSnapshot:
      return {"Snapshot: ", "snapshot", &raft::WalSnapshotSchema(), 1};
    case wal::RecordType::kCrc: return {"CRC: ", "crc", nullptr, 0};
  }
  return {"Unknown: ", "unknown", nullptr, 0};
}

const char* CrcText(const wal::ScannedRecord& scanned) {
  switch (scanned.crc_state) {
    case wal::CrcState::kMismatch: return "mismatch";
    case wal::CrcState::kUnknown: return "unknown";
    case wal::CrcState::kMatches:
    case wal::CrcState::kUnchecked: break;
  }
  return "matches";
}

class RecordsView {
 public:
  explicit RecordsView(const ViewContext& context) : context_(context) {
    // Unlike everywhere else, upstream's --start-index is inclusive here.
    range_ = context.evidence.range;
    if (context.options.start_index && range_.after > 0) --range_.after;
    for (const wal::LogSegment& segment : context.evidence.log.segments()) {
      segment_names_.push_back(segment.FileName());
    }
  }

  void Show() {
    const std::vector<wal::Chunk>& chunks = context_.evidence.log.chunks();
    output::OrderedParts parts(context_.out, chunks.size());
    const bool complete = parts.Run(std::max(1U, std::thread::hardware_concurrency()), [&] {
      return [this, &chunks, worker = Worker{}](output::OrderedParts::Part& part) mutable {
        ShowChunk(chunks[part.ordinal()], worker, part);
      };
    });
    if (!complete || context_.options.format != Format::kText) return;
    const wal::Tail& tail = context_.evidence.log.segments().back().summary.tail;
    context_.out.Write(tail.kind == wal::Tail::Kind::kTorn
                           ? "ErrUnexpectedEOF: The last record might be corrupted, error: "
                             "unexpected EOF.\n"
                           : "EOF: All entries were processed.\n");
  }

 private:
  struct Worker {
    std::vector<wal::ScannedRecord> records;
    raft::Message message;
  };

  void ShowChunk(const wal::Chunk& chunk, Worker& worker, output::OrderedParts::Part& part) {
    context_.evidence.log.ReadRecords(chunk, worker.records);
    output::JsonWriter json(part.text);
    for (const wal::ScannedRecord& scanned : worker.records) {
      const RecordView view = ViewOf(scanned.record.type);
      const bool read =
          view.schema != nullptr &&
          worker.message.Parse(*view.schema, scanned.record.data) == raft::ParseVerdict::kAccepted;
      if (read && view.index_field != 0) {
        const uint64_t index = worker.message.root().Number(view.index_field);
        if (index > range_.until || (range_.after > 0 && index <= range_.after)) continue;
      }
      if (context_.options.format == Format::kJson) {
        WriteJson(json, chunk, scanned, view, read ? &worker.message : nullptr);
      } else {
        AppendText(part.text, scanned, view, read ? &worker.message : nullptr);
      }
      if (app::Interrupted()) part.Cancel();
      if (!part.Checkpoint()) return;
    }
  }

  void AppendText(std::string& out, const wal::ScannedRecord& scanned, const RecordView& view,
                  const raft::Message* message) const {
    out += view.text_name;
    if (scanned.record.type == wal::RecordType::kCrc) {
      out += std::to_string(scanned.record.crc);
    } else if (message != nullptr) {
      describe::AppendGoText(out, message->root(), context_.options.values);
    } else {
      out += "type " + std::to_string(static_cast<int64_t>(scanned.record.type)) + ", " +
             Counted(scanned.record.data.size(), "byte", "bytes");
    }
    if (scanned.crc_state == wal::CrcState::kMismatch) {
      out += "\t[crc mismatch]";
    } else if (scanned.crc_state == wal::CrcState::kUnknown || scanned.after_damage) {
      out += "\t[after damage]";
    }
    out += '\n';
  }

  void WriteJson(output::JsonWriter& json, const wal::Chunk& chunk,
                 const wal::ScannedRecord& scanned, const RecordView& view,
                 const raft::Message* message) const {
    json.BeginObject();
    json.Text("record", view.json_name);
    json.Int("type", static_cast<int64_t>(scanned.record.type));
    json.Text("segment", segment_names_[chunk.segment]);
    json.Uint("offset", scanned.at);
    json.Uint("frame_bytes", scanned.end - scanned.at);
    json.Uint("crc", scanned.record.crc);
    json.Text("crc_state", CrcText(scanned));
    if (scanned.after_damage) json.Bool("after_damage", true);
    if (message != nullptr) {
      json.Name(view.json_name);
      describe::WriteJson(json, message->root(), context_.options.values);
    }
    json.EndObject();
    json.EndLine();
  }

  const ViewContext& context_;
  wal::IndexRange range_;
  std::vector<std::string> segment_names_;
};

}  // namespace

void ShowRecords(const ViewContext& context) { RecordsView(context).Show(); }

}  // namespace etcdf::dump_logs
