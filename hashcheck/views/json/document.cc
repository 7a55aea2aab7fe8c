#include "describe/finding.h"
#include "hashcheck/views/json/json.h"
#include "hashcheck/views/judgement_words.h"

namespace etcdf::hashcheck {
namespace {

using output::JsonWriter;

void WriteVerdict(JsonWriter& json, const ViewContext& context) {
  const Comparison& comparison = context.comparison;
  if (context.members.size() < 2) return;
  json.Text("verdict", VerdictName(comparison.verdict));
  if (comparison.doubt) json.Text("reason", DoubtText(*comparison.doubt, comparison));
}

void WriteWindow(JsonWriter& json, const compare::Window& window) {
  json.Name("compared");
  json.BeginObject();
  json.Int("revision", window.until);
  json.Int("compact_revision", window.compacted);
  json.EndObject();
}

void WriteClasses(JsonWriter& json, const Group& group) {
  json.Name("classes");
  json.BeginArray();
  for (const std::vector<size_t>& members : group.classes.classes) {
    json.BeginArray();
    for (const size_t member : members) json.Text(group.members[member]->name);
    json.EndArray();
  }
  json.EndArray();
  json.Name("unplaced");
  json.BeginArray();
  for (const size_t member : group.classes.unplaced) json.Text(group.members[member]->name);
  json.EndArray();
  json.Bool("majority", group.classes.has_majority);
}

// What is said of one cluster's members.
void WriteGroup(JsonWriter& json, const ViewContext& context) {
  const Group& comparison = context.group();
  const auto& window = comparison.common();
  if (context.are_strangers() && window) WriteWindow(json, *window);
  if (comparison.members.size() > 1) WriteClasses(json, comparison);
  WriteBuckets(json, context);
  WriteDivergence(json, context);
  WriteLogs(json, context);
  WriteSums(json, context);
}

// Of strangers, each cluster by itself.
void WriteClusters(JsonWriter& json, const ViewContext& context) {
  json.Name("clusters");
  json.BeginArray();
  for (size_t i = 0; i < context.comparison.groups.size(); ++i) {
    const Group& group = context.comparison.groups[i];
    json.BeginObject();
    if (group.cluster_id) json.HexId("cluster_id", *group.cluster_id);
    json.Name("members");
    json.BeginArray();
    for (const Member* member : group.members) json.Text(member->name);
    json.EndArray();
    if (group.members.size() > 1) {
      json.Text("verdict", VerdictName(group.verdict));
      if (group.doubt) json.Text("reason", DoubtText(*group.doubt, context.comparison));
    }
    WriteGroup(json, context.For(i));
    json.EndObject();
  }
  json.EndArray();
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
                const Group& comparison) {
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
  const auto& window = context.group().common();
  if (!context.are_strangers() && window) WriteWindow(json, *window);
  WriteMembers(json, context);
  if (context.are_strangers()) {
    WriteClusters(json, context);
  } else {
    WriteGroup(json, context);
  }
  WriteAudits(json, context);
  WriteBestMember(json, context);
  WriteFindings(json, context);
  json.EndObject();
  json.EndLine();
}

}  // namespace etcdf::hashcheck
