// The changes between two states in JSON, and in YAML, which is made of it.
#include "base/escape.h"
#include "dump-db/diff_views.h"
#include "kubernetes/print.h"
#include "output/json_writer.h"

namespace etcdf::dump_db {
namespace {

using kubernetes::Node;
using kubernetes::NodeKind;

void WriteValue(output::JsonWriter& json, std::string_view name, const Node* value,
                const HashKey& ids) {
  if (value == nullptr) return;
  if (value->kind == NodeKind::kOddText && !value->closed) {
    return json.Bytes(name, AsBytes(value->text()));
  }
  std::string text;
  kubernetes::AppendJson(text, *value, ids);
  json.Raw(name, text);
}

void WriteRow(output::JsonWriter& json, std::string_view name,
              const std::optional<mvcc::KeyRow>& row) {
  json.Name(name);
  if (!row) return json.Null();
  json.BeginObject();
  json.Int("mod_revision", row->at.revision.main);
  json.EndObject();
}

void WriteTextOrNull(output::JsonWriter& json, std::string_view name, std::string_view text) {
  json.Name(name);
  text.empty() ? json.Null() : json.Text(text);
}

void WriteSide(output::JsonWriter& json, std::string_view name, const DiffSide& side) {
  json.Name(name);
  json.BeginObject();
  json.Text("path", side.path);
  json.Int("revision", side.revision);
  json.Int("compact_revision", side.compact_revision);
  json.Bool("whole", side.is_whole);
  json.EndObject();
}

void WriteCounts(output::JsonWriter& json, const DiffCounts& counts) {
  json.Uint("added", counts.added);
  json.Uint("removed", counts.removed);
  json.Uint("changed", counts.changed);
  json.Uint("only_status", counts.only_status);
  json.Uint("rewritten", counts.rewritten);
  json.Uint("not_opened", counts.not_opened);
}

}  // namespace

void AppendDiffJson(std::string& text, const DiffItem& item) {
  const objects::Change& change = item.change;
  const kubernetes::Summary& summary = change.any().summary;
  output::JsonWriter json(text);
  json.BeginObject();
  json.Text("change", ChangeWord(change.kind));
  json.Bytes("key", item.rows.any().kv.key);
  WriteTextOrNull(json, "api_version", summary.api_version);
  WriteTextOrNull(json, "kind", summary.kind);
  WriteTextOrNull(json, "namespace", summary.name_space);
  WriteTextOrNull(json, "name", summary.name);
  WriteRow(json, "from", item.rows.from);
  WriteRow(json, "to", item.rows.to);
  json.Name("fields");
  json.BeginArray();
  for (const kubernetes::FieldChange& field : change.fields) {
    json.BeginObject();
    json.Text("path", field.path);
    WriteValue(json, "from", field.from, item.ids);
    WriteValue(json, "to", field.to, item.ids);
    json.EndObject();
  }
  json.EndArray();
  json.Name("by");
  if (change.by) {
    json.BeginObject();
    WriteTextOrNull(json, "manager", change.by->manager);
    WriteTextOrNull(json, "operation", change.by->operation);
    WriteTextOrNull(json, "subresource", change.by->subresource);
    WriteTextOrNull(json, "time", change.by->time);
    json.EndObject();
  } else {
    json.Null();
  }
  json.EndObject();
  json.EndLine();
}

void AppendDiffGroupsJson(std::string& text, const DiffTotals& totals) {
  for (const auto& [group, counts] : totals.groups) {
    output::JsonWriter json(text);
    json.BeginObject();
    json.Text("kind", group.first);
    WriteTextOrNull(json, "namespace", group.second);
    WriteCounts(json, counts);
    json.EndObject();
    json.EndLine();
  }
}

void AppendDiffTotalsJson(std::string& text, const DiffTotals& totals) {
  output::JsonWriter json(text);
  json.BeginObject();
  json.Name("summary");
  json.BeginObject();
  WriteSide(json, "from", totals.from);
  WriteSide(json, "to", totals.to);
  WriteCounts(json, totals.counts);
  json.EndObject();
  json.EndObject();
  json.EndLine();
}

}  // namespace etcdf::dump_db
