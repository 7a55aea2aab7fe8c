#include "checksum/fingerprint.h"
#include "describe/entry.h"
#include "hashcheck/views/json/json.h"
#include "raft/payload.h"

namespace etcdf::hashcheck {
namespace {

using output::JsonWriter;

// By entries, and by the sums of digests.
const char* LogVerdictName(const Group& comparison) {
  using compare::LogVerdict;
  bool same = comparison.logs.verdict == LogVerdict::kSame;
  bool different = comparison.logs.verdict == LogVerdict::kDifferent;
  for (const SumsComparison& pair : comparison.sums.pairs) {
    same = same || pair.log;
    different = different || (pair.log && !pair.log->differing.empty());
  }
  return different ? "different" : same ? "same" : "not_compared";
}

void WriteConflict(JsonWriter& json, const char* name, const compare::LogConflict& conflict,
                   const Group& comparison) {
  json.Name(name);
  json.BeginObject();
  json.Uint("index", conflict.index);
  json.Bool("committed", conflict.committed);
  json.Bool("same_term", conflict.same_term);
  json.Name("members");
  json.BeginArray();
  for (const compare::EntrySide& side : conflict.sides) {
    const wire::Entry& entry = side.entry.entry;
    raft::Payload payload;
    payload.Decode(entry.data);
    json.BeginObject();
    json.Text("name", comparison.logged[side.member]->name);
    json.Uint("term", entry.term);
    json.Text("kind", describe::KindOf({.entry = entry, .payload = payload}));
    json.Bool("committed", side.committed);
    json.Uint("payload_size", entry.data.size());
    json.Text("payload_xxh3", FingerprintText(entry.data));
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
}

}  // namespace

void WriteLogs(output::JsonWriter& json, const ViewContext& context) {
  const compare::LogComparison& logs = context.group().logs;
  json.Name("raft_log");
  json.BeginObject();
  json.Text("verdict", LogVerdictName(context.group()));
  if (logs.verdict != compare::LogVerdict::kNotCompared) {
    json.Uint("first_index", logs.index_first);
    json.Uint("last_index", logs.index_last);
    json.Uint("indexes_differing", logs.indexes_differing);
  }
  if (logs.first_conflict)
    WriteConflict(json, "first_conflict", *logs.first_conflict, context.group());
  if (logs.first_broken_promise) {
    WriteConflict(json, "first_broken_promise", *logs.first_broken_promise, context.group());
  }
  json.EndObject();
}

}  // namespace etcdf::hashcheck
