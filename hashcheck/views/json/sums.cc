#include "describe/value.h"
#include "hashcheck/views/json/json.h"

namespace etcdf::hashcheck {
namespace {

using output::JsonWriter;

// "compared":{"first":1,"last":841},"differing":[{"first":217,"last":230}]
void WriteOutcome(JsonWriter& json, const digest::Comparison& comparison) {
  const auto write = [&](const digest::Span& range) {
    json.BeginObject();
    json.Uint("first", range.after + 1);
    json.Uint("last", range.until);
    json.EndObject();
  };
  json.Name("compared");
  write(comparison.compared);
  json.Name("differing");
  json.BeginArray();
  for (const digest::Span& range : comparison.differing) write(range);
  json.EndArray();
}

void WritePair(JsonWriter& json, const SumsComparison& pair, const ViewContext& context) {
  constexpr const char* kVerdicts[] = {"not_compared", "same", "different"};
  json.BeginObject();
  json.Name("members");
  json.BeginArray();
  json.Text(context.group().members[pair.a]->name);
  json.Text(context.group().members[pair.b]->name);
  json.EndArray();
  json.Text("verdict", kVerdicts[static_cast<size_t>(pair.keys())]);
  if (!pair.history.compared.empty()) {
    json.Name("revisions");
    json.BeginObject();
    WriteOutcome(json, pair.history);
    json.EndObject();
  }
  if (pair.state_revision > 0) {
    json.Name("state");
    json.BeginObject();
    json.Uint("revision", pair.state_revision);
    json.Text("verdict", SumVerdictName(pair.state));
    json.EndObject();
  }
  json.Name("buckets");
  json.BeginArray();
  for (const SumsComparison::Bucket& bucket : pair.buckets) {
    json.BeginObject();
    json.Bytes("name", AsBytes(bucket.name));
    json.Text("verdict", SumVerdictName(bucket.verdict));
    json.EndObject();
  }
  json.EndArray();
  if (pair.log) {
    json.Name("raft_log");
    json.BeginObject();
    WriteOutcome(json, *pair.log);
    json.Bool("committed", pair.broken_promise.has_value());
    json.EndObject();
  }
  json.EndObject();
}

void WriteRows(JsonWriter& json, const RowsInRanges& rows, const ViewContext& context) {
  json.BeginObject();
  json.Text("name", context.group().members[rows.member]->name);
  json.Name("rows");
  json.BeginArray();
  for (const compare::RowSide& side : rows.rows) {
    json.BeginObject();
    WriteSide(json, side, context.options.values);
    json.EndObject();
  }
  json.EndArray();
  json.Bool("more", rows.more);
  json.EndObject();
}

}  // namespace

void WriteSums(JsonWriter& json, const ViewContext& context) {
  const SumsResult& sums = context.group().sums;
  if (sums.pairs.empty()) return;
  json.Name("sums");
  json.BeginArray();
  for (const SumsComparison& pair : sums.pairs) WritePair(json, pair, context);
  json.EndArray();
  json.Name("differing_rows");
  json.BeginArray();
  for (const RowsInRanges& rows : sums.rows) WriteRows(json, rows, context);
  json.EndArray();
}

}  // namespace etcdf::hashcheck
