#include "dump-logs/views.h"
#include "output/csv.h"
#include "output/json_writer.h"
#include "output/table.h"

namespace etcdf::dump_logs {
namespace {

const char* TailText(wal::Tail::Kind kind) {
  switch (kind) {
    case wal::Tail::Kind::kExact: return "exact";
    case wal::Tail::Kind::kPreallocated: return "preallocated";
    case wal::Tail::Kind::kTorn: return "torn";
    case wal::Tail::Kind::kDamaged: return "damaged";
  }
  return "";
}

// How the segment's checksums stand: whether each record matches, and whether the segment continues
// the one before.
const char* ChainText(const wal::LogSegment* before, const wal::SegmentSummary& summary) {
  if (!summary.damage.empty()) return "broken";
  if (!summary.chain_begin) return "no start";
  const bool continues = before == nullptr || before->summary.chain_end == 0 ||
                         before->summary.chain_end == *summary.chain_begin;
  return continues ? "sound" : "not continued";
}

uint64_t Count(const wal::SegmentSummary& summary, wal::RecordType type) {
  return summary.records_by_type[static_cast<size_t>(type)];
}

// The cells of a row, in the order of kColumns; what is not there is empty.
std::vector<std::string> Cells(const wal::LogSegment* before, const wal::LogSegment& segment) {
  const wal::SegmentSummary& s = segment.summary;
  using wal::RecordType;
  return {segment.FileName(),
          s.entry_first ? std::to_string(s.entry_first->index) : "",
          s.entry_last ? std::to_string(s.entry_last->index) : "",
          std::to_string(Count(s, RecordType::kEntry)),
          std::to_string(Count(s, RecordType::kState)),
          std::to_string(Count(s, RecordType::kSnapshot)),
          std::to_string(Count(s, RecordType::kMetadata)),
          std::to_string(Count(s, RecordType::kCrc)),
          std::to_string(s.records_by_type[0]),
          std::to_string(s.tail.at),
          std::to_string(s.file_bytes),
          ChainText(before, s),
          TailText(s.tail.kind)};
}

struct ColumnName {
  const char* title;
  const char* key;
  output::Align align;
  bool is_number;
};

constexpr output::Align kLeft = output::Align::kLeft;
constexpr output::Align kRight = output::Align::kRight;

// first and last: of the entries as they stand in the file, superseded ones included.
constexpr ColumnName kColumns[] = {
    {"SEGMENT", "segment", kLeft, false},   {"FIRST", "index_first", kRight, true},
    {"LAST", "index_last", kRight, true},   {"ENTRIES", "entries", kRight, true},
    {"STATES", "states", kRight, true},     {"SNAPSHOTS", "snapshots", kRight, true},
    {"METADATA", "metadata", kRight, true}, {"CRC", "crc", kRight, true},
    {"OTHER", "other", kRight, true},       {"USED", "used_bytes", kRight, true},
    {"SIZE", "file_bytes", kRight, true},   {"CHAIN", "crc_chain", kLeft, false},
    {"TAIL", "tail", kLeft, false},
};

void AppendJson(std::string& out, const std::vector<std::string>& cells) {
  output::JsonWriter json(out);
  json.BeginObject();
  for (size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].empty()) continue;
    if (kColumns[i].is_number) {
      json.Raw(kColumns[i].key, cells[i]);
    } else {
      json.Text(kColumns[i].key, cells[i]);
    }
  }
  json.EndObject();
  json.EndLine();
}

void AppendCsv(std::string& out, const std::vector<std::string>& cells) {
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out += ',';
    output::AppendCsvCell(out, cells[i]);
  }
  out += "\r\n";
}

}  // namespace

void ShowSegments(const ViewContext& context) {
  std::vector<output::Table::Column> columns;
  std::vector<std::string> keys;
  for (const ColumnName& column : kColumns) {
    columns.push_back({column.title, column.align});
    keys.emplace_back(column.key);
  }
  output::Table table(std::move(columns));
  std::string text;
  if (context.options.format == Format::kCsv) AppendCsv(text, keys);
  const wal::LogSegment* before = nullptr;
  for (const wal::LogSegment& segment : context.evidence.log.segments()) {
    const auto cells = Cells(before, segment);
    switch (context.options.format) {
      case Format::kText: table.AddRow(cells); break;
      case Format::kJson: AppendJson(text, cells); break;
      case Format::kCsv: AppendCsv(text, cells); break;
    }
    before = &segment;
  }
  if (context.options.format == Format::kText) table.Append(text);
  context.out.Write(text);
}

}  // namespace etcdf::dump_logs
