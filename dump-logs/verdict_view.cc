#include "base/counted.h"
#include "base/escape.h"
#include "dump-logs/views.h"
#include "output/json_writer.h"

namespace etcdf::dump_logs {
namespace {

uint64_t CountRecords(const wal::LogSummary& summary) {
  uint64_t records = 0;
  for (const uint64_t count : summary.records_by_type) records += count;
  return records;
}

void AppendText(std::string& out, const ViewContext& context, bool damaged) {
  const wal::Log& log = context.evidence.log;
  const wal::LogSummary& s = log.summary();
  const auto line = [&](const char* name, const std::string& value) {
    out += name;
    out.append(18 - std::string_view(name).size(), ' ');
    out += value + "\n";
  };
  line("verdict", damaged ? "damaged" : "sound");
  line("member", HexId(s.metadata.node_id) + " of cluster " + HexId(s.metadata.cluster_id));
  line("segments",
       std::to_string(log.segments().size()) + ", " + Counted(log.bytes(), "byte", "bytes"));
  line("records", std::to_string(CountRecords(s)));
  line("entries", s.entries.live == 0 ? "none"
                                      : std::to_string(s.entries.live) + ", index " +
                                            std::to_string(s.entries.index_first) + " to " +
                                            std::to_string(s.entries.index_last));
  if (s.entries.superseded > 0) {
    line("superseded",
         Counted(s.entries.superseded, "entry", "entries") + " that a later term overwrote");
  }
  line("hard state", "term " + std::to_string(s.state.term) + ", commit " +
                         std::to_string(s.state.commit) + ", vote " + HexId(s.state.vote));
  line("trusted up to", "index " + std::to_string(s.index_trusted));
  for (const snapfile::SnapFile& snap : context.evidence.snaps) {
    line("snapshot", "index " + std::to_string(snap.snapshot.index) + ", term " +
                         std::to_string(snap.snapshot.term) + ", " +
                         Counted(snap.size_bytes, "byte", "bytes"));
  }
}

void AppendJson(std::string& out, const ViewContext& context, bool damaged) {
  const wal::Log& log = context.evidence.log;
  const wal::LogSummary& s = log.summary();
  output::JsonWriter json(out);
  json.BeginObject();
  json.Text("verdict", damaged ? "damaged" : "sound");
  json.HexId("node_id", s.metadata.node_id);
  json.HexId("cluster_id", s.metadata.cluster_id);
  json.Uint("segments", log.segments().size());
  json.Uint("bytes", log.bytes());
  json.Uint("records", CountRecords(s));
  json.Uint("entries", s.entries.live);
  json.Uint("superseded", s.entries.superseded);
  json.Uint("index_first", s.entries.index_first);
  json.Uint("index_last", s.entries.index_last);
  json.Uint("index_trusted", s.index_trusted);
  json.Uint("term", s.state.term);
  json.Uint("commit", s.state.commit);
  json.HexId("vote", s.state.vote);
  json.Name("snapshots");
  json.BeginArray();
  for (const snapfile::SnapFile& snap : context.evidence.snaps) {
    json.BeginObject();
    json.Uint("index", snap.snapshot.index);
    json.Uint("term", snap.snapshot.term);
    json.Uint("bytes", snap.size_bytes);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  json.EndLine();
}

}  // namespace

void ShowVerdict(const ViewContext& context) {
  std::string text;
  const bool damaged = app::ExitCodeFor(context.findings) != app::ExitCode::kSound;
  if (context.options.format == Format::kJson) {
    AppendJson(text, context, damaged);
  } else {
    AppendText(text, context, damaged);
  }
  context.out.Write(text);
}

}  // namespace etcdf::dump_logs
