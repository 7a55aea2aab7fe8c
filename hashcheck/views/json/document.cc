#include "describe/finding.h"
#include "hashcheck/views/json/json.h"

namespace etcdf::hashcheck {
namespace {

using output::JsonWriter;

void WriteVerdict(JsonWriter& json, const ViewContext& context) {
  const Comparison& comparison = context.comparison;
  if (context.members.size() > 1) {
    json.Text("verdict", VerdictName(comparison.verdict));
    if (!comparison.reason.empty()) json.Text("reason", comparison.reason);
  }
  if (!comparison.window) return;
  json.Name("compared");
  json.BeginObject();
  json.Int("revision", comparison.window->until);
  json.Int("compact_revision", comparison.window->compacted);
  json.EndObject();
}

void WriteFindings(JsonWriter& json, const ViewContext& context) {
  json.Name("findings");
  json.BeginArray();
  for (const auto& member : context.members) {
    for (const Finding& finding : member->findings.findings()) {
      describe::WriteFindingJson(json, finding);
    }
  }
  json.EndArray();
}

}  // namespace

void WriteNames(JsonWriter& json, const char* name, const std::vector<size_t>& members,
                const Comparison& comparison) {
  json.Name(name);
  json.BeginArray();
  for (const size_t member : members) json.Text(comparison.compared[member]->name);
  json.EndArray();
}

void AppendJson(std::string& out, const ViewContext& context) {
  JsonWriter json(out);
  json.BeginObject();
  json.Text("schema", "hashcheck/1");
  WriteVerdict(json, context);
  WriteMembers(json, context);
  WriteBuckets(json, context);
  WriteDivergence(json, context);
  WriteLogs(json, context);
  WriteSums(json, context);
  WriteAudits(json, context);
  WriteBestMember(json, context);
  WriteFindings(json, context);
  json.EndObject();
  json.EndLine();
}

}  // namespace etcdf::hashcheck
