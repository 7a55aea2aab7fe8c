#include <algorithm>

#include "checksum/fingerprint.h"
#include "describe/entry.h"
#include "describe/value.h"
#include "hashcheck/views/json/json.h"
#include "raft/payload.h"

namespace etcdf::hashcheck {
namespace {

using output::JsonWriter;

void WriteEntry(JsonWriter& json, const std::optional<wire::Entry>& entry,
                const ViewContext& context) {
  if (!entry) return;
  raft::Payload payload;
  payload.Decode(entry->data);
  const describe::EntryView view{.entry = *entry, .payload = payload};
  json.Name("entry");
  json.BeginObject();
  json.Uint("index", entry->index);
  json.Uint("term", entry->term);
  json.Text("kind", describe::KindOf(view));
  if (describe::HasRequest(view)) {
    json.Name("request");
    describe::WriteRequest(json, view, context.options.values);
  }
  json.EndObject();
}

void WriteDifference(JsonWriter& json, const compare::RevisionDifference& difference,
                     const ViewContext& context) {
  json.BeginObject();
  json.Text("bucket", "key");
  json.Name("revision");
  json.BeginObject();
  json.Int("main", difference.revision.main);
  json.Int("sub", difference.revision.sub);
  json.EndObject();
  json.Text("kind", compare::DifferenceKindName(difference.kind));
  if (!difference.sides.empty()) json.Bytes("key", difference.sides.front().row.key);
  json.Name("members");
  json.BeginArray();
  size_t next = 0;
  for (size_t i = 0; i < context.group().compared.size(); ++i) {
    const std::vector<size_t>& among = difference.members;
    if (!among.empty() && std::ranges::find(among, i) == among.end()) continue;
    json.BeginObject();
    json.Text("name", context.group().compared[i]->name);
    const bool present = next < difference.sides.size() && difference.sides[next].member == i;
    json.Bool("present", present);
    if (present) WriteSide(json, difference.sides[next++], context.options.values);
    if (present && difference.revision == context.group().first->revision) {
      WriteEntry(json, context.group().entries[i], context);
    }
    json.EndObject();
  }
  json.EndArray();
  WriteNames(json, "minority", difference.minority, context.group());
  json.EndObject();
}

// Where the keys are the same: the first row that differs for no innocent reason.
void WriteDivergenceOfBucket(JsonWriter& json, const Group& comparison) {
  const auto bucket = std::ranges::find(comparison.buckets, compare::BucketVerdict::kDifferent,
                                        &compare::BucketComparison::verdict);
  if (bucket == comparison.buckets.end()) return;
  const compare::RowDifference& row = bucket->differences.front();
  const bool on_all = std::ranges::all_of(row.sides, [](const auto& side) { return side.present; });
  const bool extra = !row.minority.empty() && row.sides[row.minority.front()].present;
  json.Name("first_divergence");
  json.BeginObject();
  json.Bytes("bucket", AsBytes(bucket->name));
  json.Text("kind", on_all ? "value" : extra ? "extra" : "missing");
  json.Bytes("key", row.key);
  json.Name("members");
  json.BeginArray();
  for (const auto& side : row.sides) {
    json.BeginObject();
    json.Text("name", comparison.compared[side.member]->name);
    json.Bool("present", side.present);
    if (side.present) {
      json.Uint("value_size", side.value.size());
      json.Text("value_xxh3", FingerprintText(side.value));
    }
    json.EndObject();
  }
  json.EndArray();
  WriteNames(json, "minority", row.minority, comparison);
  json.EndObject();
}

}  // namespace

void WriteSide(output::JsonWriter& json, const compare::RowSide& side,
               const output::ValueFormat& values) {
  json.Int("revision", side.at.revision.main);
  json.Bool("tombstone", side.at.tombstone);
  json.Bytes("key", side.row.key);
  if (side.at.tombstone) return;
  describe::WriteValue(json, "value", side.row.value, values);
  json.Uint("value_size", side.row.value.size());
  json.Text("value_xxh3", FingerprintText(side.row.value));
  json.Int("create_revision", side.row.create_revision);
  json.Int("version", side.row.version);
  json.HexId("lease", static_cast<uint64_t>(side.row.lease));
}

void WriteDivergence(output::JsonWriter& json, const ViewContext& context) {
  const compare::KeyHistoryComparison& history = context.group().history;
  if (!context.group().first) return WriteDivergenceOfBucket(json, context.group());
  json.Uint("revisions_differing", history.revisions_differing + context.group().revisions_beyond);
  json.Uint("consequences", history.consequences);
  json.Name("first_divergence");
  WriteDifference(json, *context.group().first, context);
  json.Name("shifts");
  json.BeginArray();
  for (const compare::Shift& shift : history.shifts) {
    json.BeginObject();
    json.Text("name", context.group().compared[shift.member]->name);
    json.Int("from_revision", shift.from);
    json.Int("behind", shift.by);
    json.EndObject();
  }
  json.EndArray();
  if (!context.options.all) return;
  json.Name("divergences");
  json.BeginArray();
  for (const compare::RevisionDifference& difference : history.differences) {
    WriteDifference(json, difference, context);
  }
  json.EndArray();
}

}  // namespace etcdf::hashcheck
