#include <algorithm>
#include <map>

#include "describe/value.h"
#include "hashcheck/views/json/json.h"

namespace etcdf::hashcheck {
namespace {

using output::JsonWriter;

// Of all pairs together, the worst; where rows are compared, these say more.
std::map<std::string, SumVerdict> BucketsBySums(const Group& comparison) {
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
    if (row.blame == compare::Blame::kInnocent) {
      json.Text("innocent", compare::InnocenceName(row.innocence));
    }
    if (row.blame == compare::Blame::kUnknown) {
      json.Text("unknown", compare::RowDoubtName(row.doubt));
    }
    json.Name("members");
    json.BeginArray();
    for (const auto& side : row.sides) {
      json.BeginObject();
      json.Text("name", context.group().compared[side.member]->name);
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
  if (context.group().members.size() < 2) return;
  if (context.group().keys.members() == 0) return;
  json.Name("buckets");
  json.BeginArray();
  json.BeginObject();
  json.Text("name", "key");
  json.Text("verdict", context.group().keys.AnyDifferent() ? "different"
                       : context.group().keys.AllLinked()  ? "same"
                                                           : "not_compared");
  json.Name("members");
  json.BeginArray();
  for (const size_t member : context.group().key_classes.minority) {
    json.Text(context.group().members[member]->name);
  }
  json.EndArray();
  json.EndObject();
  for (const auto& [name, verdict] : BucketsBySums(context.group())) {
    json.BeginObject();
    json.Bytes("name", AsBytes(name));
    json.Text("verdict", SumVerdictName(verdict));
    json.EndObject();
  }
  for (const compare::BucketComparison& bucket : context.group().buckets) {
    json.BeginObject();
    json.Bytes("name", AsBytes(bucket.name));
    json.Text("verdict", compare::BucketVerdictName(bucket.verdict));
    json.Uint("rows_differing", bucket.rows_differing);
    WriteNames(json, "members", context.group().MinorityIn(bucket), context.group());
    WriteRows(json, bucket, context);
    json.EndObject();
  }
  json.EndArray();
}

}  // namespace etcdf::hashcheck
