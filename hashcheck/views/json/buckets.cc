#include <algorithm>
#include <map>

#include "describe/value.h"
#include "hashcheck/views/json/json.h"

namespace etcdf::hashcheck {
namespace {

using output::JsonWriter;

// Of all pairs together, the worst; where rows are compared, these say more.
std::map<std::string, SumVerdict> BucketsBySums(const Comparison& comparison) {
  std::map<std::string, SumVerdict> verdicts;
  if (comparison.by_rows()) return verdicts;
  for (const SumsComparison& pair : comparison.sums.pairs) {
    for (const SumsComparison::Bucket& bucket : pair.buckets) {
      SumVerdict& verdict = verdicts[bucket.name];
      verdict = std::max(verdict, bucket.verdict);
    }
  }
  return verdicts;
}

void WriteRows(JsonWriter& json, const compare::BucketComparison& bucket,
               const ViewContext& context) {
  constexpr size_t kShown = 20;
  json.Name("rows");
  json.BeginArray();
  for (const compare::RowDifference& row : bucket.differences) {
    if (!context.options.all && &row - bucket.differences.data() >= ptrdiff_t{kShown}) break;
    json.BeginObject();
    json.Bytes("key", row.key);
    if (row.innocence != compare::Innocence::kNone) {
      json.Text("innocent", compare::InnocenceName(row.innocence));
    }
    json.Name("members");
    json.BeginArray();
    for (const auto& side : row.sides) {
      json.BeginObject();
      json.Text("name", context.comparison.compared[side.member]->name);
      json.Bool("present", side.present);
      if (side.present) describe::WriteFingerprint(json, "value", side.value);
      json.EndObject();
    }
    json.EndArray();
    json.EndObject();
  }
  json.EndArray();
}

}  // namespace

void WriteBuckets(output::JsonWriter& json, const ViewContext& context) {
  if (context.members.size() < 2) return;
  if (context.comparison.keys.members() == 0) return;
  json.Name("buckets");
  json.BeginArray();
  json.BeginObject();
  json.Text("name", "key");
  json.Text("verdict", context.comparison.keys.AnyDifferent() ? "different"
                       : context.comparison.keys.AllLinked()  ? "same"
                                                              : "not_compared");
  json.Name("members");
  json.BeginArray();
  for (const size_t member : context.comparison.keys.Minority()) {
    json.Text(context.members[member]->name);
  }
  json.EndArray();
  json.EndObject();
  for (const auto& [name, verdict] : BucketsBySums(context.comparison)) {
    json.BeginObject();
    json.Bytes("name", AsBytes(name));
    json.Text("verdict", SumVerdictName(verdict));
    json.EndObject();
  }
  for (const compare::BucketComparison& bucket : context.comparison.buckets) {
    json.BeginObject();
    json.Bytes("name", AsBytes(bucket.name));
    json.Text("verdict", compare::BucketVerdictName(bucket.verdict));
    json.Uint("rows_differing", bucket.rows_differing);
    WriteNames(json, "members", bucket.minority, context.comparison);
    WriteRows(json, bucket, context);
    json.EndObject();
  }
  json.EndArray();
}

}  // namespace etcdf::hashcheck
