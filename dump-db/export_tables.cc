#include "dump-db/export_tables.h"

#include "app/process.h"
#include "base/escape.h"
#include "describe/entry.h"
#include "wal/log.h"

namespace etcdf::dump_db {
namespace {

// SQLite's numbers are signed; what is beyond them (a damaged index) becomes negative.
int64_t Signed(uint64_t number) { return static_cast<int64_t>(number); }

void AddEntry(const VerbContext& context, const wal::Log& log, const wal::LogEntry& logged,
              const raft::Payload& payload, TableWriter& tables) {
  const describe::EntryView view{.entry = logged.entry, .payload = payload};
  std::string request;
  output::JsonWriter json(request);
  if (describe::HasRequest(view)) describe::WriteRequest(json, view, context.options.values);
  const std::string proposer =
      describe::ProposerText(describe::RequestIdOf(view), log.summary().member_ids);
  const std::string segment = log.segments()[logged.segment].FileName();
  tables.Insert("entries", 11, [&](sqlite::Statement& row) {
    row.Int(Signed(logged.entry.index)).Int(Signed(logged.entry.term));
    row.Text(describe::KindOf(view)).MaybeText(request);
    row.Int(Signed(logged.entry.data.size()));
    row.Int(!logged.superseded_by && logged.entry.index <= log.summary().commit ? 1 : 0);
    row.Maybe(logged.superseded_by).MaybeText(proposer).Text(segment).Int(Signed(logged.at));
  });
}

}  // namespace

sqlite::Statement* TableWriter::StatementFor(std::string_view table, size_t columns) {
  if (failed()) return nullptr;
  const auto known = statements_.find(table);
  if (known != statements_.end()) return &known->second;
  std::string sql = "INSERT INTO " + std::string(table) + " VALUES(?";
  for (size_t i = 1; i < columns; ++i) sql += ",?";
  auto prepared = database_.Prepare(sql + ")");
  if (!prepared) {
    failure_ = prepared.error();
    return nullptr;
  }
  return &statements_.emplace(table, *std::move(prepared)).first->second;
}

std::string_view TableWriter::Hex(int64_t id) {
  text_ = id == 0 ? "" : HexId(static_cast<uint64_t>(id));
  return text_;
}

std::string_view TableWriter::EnumName(raft::MessageView message, uint32_t field) {
  const auto number = static_cast<int32_t>(message.Number(field));
  text_ = message.schema().FindNumber(field)->enumeration->Name(number);
  if (text_.empty()) text_ = std::to_string(number);
  return text_;
}

void AddEntries(const VerbContext& context, TableWriter& tables) {
  if (context.files.file_kind() && !context.files.has_log()) {
    return tables.Note(
        Fail({.code = ErrorCode::kNotFound,
              .what = "is not in a data directory whose log --with-wal could add: give --wal-dir",
              .subject = context.evidence.path}));
  }
  const auto log = context.files.ReadLog(context.findings);
  if (!log) return tables.Note(Fail(log.error()));
  std::vector<wal::LogEntry> entries;
  raft::Payload payload;
  for (const wal::Chunk& chunk : log->chunks()) {
    log->ReadChunk(chunk, entries);
    for (const wal::LogEntry& logged : entries) {
      if (tables.failed() || app::Interrupted()) return;
      if (logged.entry.type == wire::EntryType::kNormal) payload.Decode(logged.entry.data);
      AddEntry(context, *log, logged, payload, tables);
    }
  }
  log->ReportFaults(context.findings);
}

}  // namespace etcdf::dump_db
