#include "hashcheck/views/json/json.h"

namespace etcdf::hashcheck {
namespace {

using output::JsonWriter;
using restore::OriginKind;

const char* OriginName(OriginKind kind) {
  switch (kind) {
    case OriginKind::kUnknown: return "unknown";
    case OriginKind::kBootstrap: return "bootstrap";
    case OriginKind::kRestore: return "restore";
    case OriginKind::kBumpedRestore: return "bumped_restore";
    case OriginKind::kLeaderSnapshot: return "leader_snapshot";
    case OriginKind::kForceNewCluster: return "force_new_cluster";
  }
  return "";
}

void WriteOrigin(JsonWriter& json, const restore::Origin& origin) {
  json.Name("origin");
  json.BeginObject();
  json.Text("kind", OriginName(origin.kind));
  json.Name("revision");
  if (origin.revision) {
    json.Int(*origin.revision);
  } else {
    json.Null();
  }
  json.Name("applied_since");
  if (origin.applied_since) {
    json.Uint(*origin.applied_since);
  } else {
    json.Null();
  }
  if (origin.kind == OriginKind::kBumpedRestore) {
    json.Int("bumped_from", origin.bumped_from);
    json.Int("bumped_by", origin.bumped_by);
  }
  json.EndObject();
}

void WriteNumber(JsonWriter& json, const char* name, const std::optional<uint64_t>& fact) {
  if (fact) json.Uint(name, *fact);
}

// What is active; null where bucket `alarm` cannot be read.
void WriteAlarms(JsonWriter& json, const Member& member) {
  if (!member.has_database()) return;
  json.Name("alarms");
  if (!member.alarms_known) return json.Null();
  json.BeginArray();
  for (const cluster::Alarm& alarm : member.alarms) {
    json.BeginObject();
    json.HexId("member_id", alarm.member_id);
    json.Text("alarm", cluster::AlarmName(alarm.kind));
    json.EndObject();
  }
  json.EndArray();
}

void WriteMember(JsonWriter& json, const Member& member, const Comparison& comparison) {
  const digest::Facts facts = member.Facts();
  json.Text("kind", KindName(member));
  if (const auto identity = member.identity()) {
    json.HexId("node_id", identity->node_id);
    json.HexId("cluster_id", identity->cluster_id);
  }
  WriteNumber(json, "size", facts.size_bytes);
  WriteNumber(json, "revision", facts.revision);
  if (facts.compact_revision) {
    json.Uint("compact_revision", *facts.compact_revision);
  } else if (!member.running) {
    json.Int("compact_revision", -1);
  }
  if (const auto revision = member.status.UnfinishedCompaction()) {
    json.Int("unfinished_compaction", *revision);
  }
  WriteNumber(json, "consistent_index", facts.consistent_index);
  WriteNumber(json, "term", facts.term);
  if (member.has_database() && !facts.hash) {  // hidden by damage
    for (const char* name : {"keys", "hash", "hash_kv"}) json.Raw(name, "null");
  } else {
    WriteNumber(json, "keys", facts.keys);
    WriteNumber(json, "hash", facts.hash);
    WriteNumber(json, "hash_kv", facts.hash_kv);
  }
  if (facts.log_term) {
    json.Name("wal");
    json.BeginObject();
    WriteNumber(json, "first_index", facts.log_first_index);
    WriteNumber(json, "last_index", facts.log_last_index);
    WriteNumber(json, "term", facts.log_term);
    WriteNumber(json, "commit", facts.commit);
    json.EndObject();
  }
  if (member.rolled) {
    json.Name("rolled_forward");
    json.BeginObject();
    json.Uint("from", member.rolled->from);
    json.Uint("to", member.rolled->state.index);
    if (!member.rolled->short_of.empty()) json.Text("short_of", member.rolled->short_of);
    json.EndObject();
  }
  WriteAlarms(json, member);
  json.Bool("minority", comparison.StandsAlone(member));
}

}  // namespace

void WriteMembers(output::JsonWriter& json, const ViewContext& context) {
  json.Name("members");
  json.BeginArray();
  for (size_t i = 0; i < context.members.size(); ++i) {
    const auto& member = context.members[i];
    json.BeginObject();
    json.Text("name", member->name);
    json.Text("source", member->source);
    if (member->readable()) WriteMember(json, *member, context.comparison);
    if (member->files) WriteOrigin(json, context.origins[i]);
    if (const auto& error = member->error()) json.Text("error", error->Message());
    json.EndObject();
  }
  json.EndArray();
}

}  // namespace etcdf::hashcheck
