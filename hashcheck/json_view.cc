#include <algorithm>
#include <map>

#include "base/escape.h"
#include "checksum/fingerprint.h"
#include "describe/entry.h"
#include "describe/finding.h"
#include "describe/value.h"
#include "hashcheck/views.h"
#include "output/json_writer.h"
#include "raft/payload.h"

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

class JsonView {
 public:
  JsonView(std::string& out, const ViewContext& context)
      : json_(out), context_(context), comparison_(context.comparison) {}

  void Write() {
    json_.BeginObject();
    json_.Text("schema", "hashcheck/1");
    if (context_.members.size() > 1) {
      json_.Text("verdict", VerdictName(comparison_.verdict));
      if (!comparison_.reason.empty()) json_.Text("reason", comparison_.reason);
    }
    if (comparison_.window) {
      json_.Name("compared");
      json_.BeginObject();
      json_.Int("revision", comparison_.window->until);
      json_.Int("compact_revision", comparison_.window->compacted);
      json_.EndObject();
    }
    WriteMembers();
    WriteBuckets();
    WriteDivergence();
    WriteLogs();
    WriteSums(json_, context_);
    WriteAudits(json_, context_);
    WriteBestMember(json_, context_);
    WriteFindings();
    json_.EndObject();
    json_.EndLine();
  }

 private:
  void Names(const char* name, const std::vector<size_t>& members) {
    json_.Name(name);
    json_.BeginArray();
    for (const size_t member : members) json_.Text(comparison_.compared[member]->name);
    json_.EndArray();
  }

  void Number(const char* name, const std::optional<uint64_t>& fact) {
    if (fact) json_.Uint(name, *fact);
  }

  void WriteMembers() {
    json_.Name("members");
    json_.BeginArray();
    for (const auto& member : context_.members) {
      json_.BeginObject();
      json_.Text("name", member->name);
      json_.Text("source", member->source);
      if (member->readable()) WriteMember(*member);
      if (const auto& error = member->error()) json_.Text("error", error->Message());
      json_.EndObject();
    }
    json_.EndArray();
  }

  void WriteMember(const Member& member) {
    const digest::Facts facts = member.Facts();
    json_.Text("kind", KindName(member));
    if (const auto identity = member.identity()) {
      json_.HexId("node_id", identity->node_id);
      json_.HexId("cluster_id", identity->cluster_id);
    }
    Number("size", facts.size_bytes);
    Number("revision", facts.revision);
    if (facts.compact_revision) {
      json_.Uint("compact_revision", *facts.compact_revision);
    } else if (!member.running) {
      json_.Int("compact_revision", -1);
    }
    if (const auto revision = member.status.UnfinishedCompaction()) {
      json_.Int("unfinished_compaction", *revision);
    }
    Number("consistent_index", facts.consistent_index);
    Number("term", facts.term);
    Number("keys", facts.keys);
    Number("hash", facts.hash);
    Number("hash_kv", facts.hash_kv);
    if (facts.log_term) {
      json_.Name("wal");
      json_.BeginObject();
      Number("first_index", facts.log_first_index);
      Number("last_index", facts.log_last_index);
      Number("term", facts.log_term);
      Number("commit", facts.commit);
      json_.EndObject();
    }
    if (member.rolled) {
      json_.Name("rolled_forward");
      json_.BeginObject();
      json_.Uint("from", member.rolled->from);
      json_.Uint("to", member.rolled->state.index);
      if (!member.rolled->short_of.empty()) json_.Text("short_of", member.rolled->short_of);
      json_.EndObject();
    }
    json_.Bool("minority", comparison_.StandsAlone(member));
  }

  void WriteBuckets() {
    if (context_.members.size() < 2) return;
    if (comparison_.keys.members() == 0) return;
    json_.Name("buckets");
    json_.BeginArray();
    json_.BeginObject();
    json_.Text("name", "key");
    json_.Text("verdict", comparison_.keys.AnyDifferent() ? "different"
                          : comparison_.keys.AllLinked()  ? "same"
                                                          : "not_compared");
    json_.Name("members");
    json_.BeginArray();
    for (const size_t member : comparison_.keys.Minority()) {
      json_.Text(context_.members[member]->name);
    }
    json_.EndArray();
    json_.EndObject();
    for (const auto& [name, verdict] : BucketsBySums(comparison_)) {
      json_.BeginObject();
      json_.Bytes("name", AsBytes(name));
      json_.Text("verdict", SumVerdictName(verdict));
      json_.EndObject();
    }
    for (const compare::BucketComparison& bucket : comparison_.buckets) {
      json_.BeginObject();
      json_.Bytes("name", AsBytes(bucket.name));
      json_.Text("verdict", compare::BucketVerdictName(bucket.verdict));
      json_.Uint("rows_differing", bucket.rows_differing);
      Names("members", bucket.minority);
      WriteRows(bucket);
      json_.EndObject();
    }
    json_.EndArray();
  }

  void WriteRows(const compare::BucketComparison& bucket) {
    constexpr size_t kShown = 20;
    json_.Name("rows");
    json_.BeginArray();
    for (const compare::RowDifference& row : bucket.differences) {
      if (!context_.options.all && &row - bucket.differences.data() >= ptrdiff_t{kShown}) break;
      json_.BeginObject();
      json_.Bytes("key", row.key);
      if (row.innocence != compare::Innocence::kNone) {
        json_.Text("innocent", compare::InnocenceName(row.innocence));
      }
      json_.Name("members");
      json_.BeginArray();
      for (const auto& side : row.sides) {
        json_.BeginObject();
        json_.Text("name", comparison_.compared[side.member]->name);
        json_.Bool("present", side.present);
        if (side.present) describe::WriteFingerprint(json_, "value", side.value);
        json_.EndObject();
      }
      json_.EndArray();
      json_.EndObject();
    }
    json_.EndArray();
  }

  void WriteDivergence() {
    const compare::KeyHistoryComparison& history = comparison_.history;
    if (history.same()) return WriteDivergenceOfBucket();
    json_.Uint("revisions_differing", history.revisions_differing);
    json_.Uint("consequences", history.consequences);
    json_.Name("first_divergence");
    WriteDifference(history.differences.front());
    json_.Name("shifts");
    json_.BeginArray();
    for (const compare::Shift& shift : history.shifts) {
      json_.BeginObject();
      json_.Text("name", comparison_.compared[shift.member]->name);
      json_.Int("from_revision", shift.from);
      json_.Int("behind", shift.by);
      json_.EndObject();
    }
    json_.EndArray();
    if (!context_.options.all) return;
    json_.Name("divergences");
    json_.BeginArray();
    for (const compare::RevisionDifference& difference : history.differences) {
      WriteDifference(difference);
    }
    json_.EndArray();
  }

  // Where the keys are the same: the first row that differs for no innocent reason.
  void WriteDivergenceOfBucket() {
    const auto bucket = std::ranges::find(comparison_.buckets, compare::BucketVerdict::kDifferent,
                                          &compare::BucketComparison::verdict);
    if (bucket == comparison_.buckets.end()) return;
    const compare::RowDifference& row = bucket->differences.front();
    const bool on_all =
        std::ranges::all_of(row.sides, [](const auto& side) { return side.present; });
    const bool extra = !bucket->minority.empty() && row.sides[bucket->minority.front()].present;
    json_.Name("first_divergence");
    json_.BeginObject();
    json_.Bytes("bucket", AsBytes(bucket->name));
    json_.Text("kind", on_all ? "value" : extra ? "extra" : "missing");
    json_.Bytes("key", row.key);
    json_.Name("members");
    json_.BeginArray();
    for (const auto& side : row.sides) {
      json_.BeginObject();
      json_.Text("name", comparison_.compared[side.member]->name);
      json_.Bool("present", side.present);
      if (side.present) {
        json_.Uint("value_size", side.value.size());
        json_.Text("value_xxh3", FingerprintText(side.value));
      }
      json_.EndObject();
    }
    json_.EndArray();
    Names("minority", bucket->minority);
    json_.EndObject();
  }

  void WriteDifference(const compare::RevisionDifference& difference) {
    json_.BeginObject();
    json_.Text("bucket", "key");
    json_.Name("revision");
    json_.BeginObject();
    json_.Int("main", difference.revision.main);
    json_.Int("sub", difference.revision.sub);
    json_.EndObject();
    json_.Text("kind", compare::DifferenceKindName(difference.kind));
    if (!difference.sides.empty()) json_.Bytes("key", difference.sides.front().row.key);
    json_.Name("members");
    json_.BeginArray();
    size_t next = 0;
    for (size_t i = 0; i < comparison_.compared.size(); ++i) {
      json_.BeginObject();
      json_.Text("name", comparison_.compared[i]->name);
      const bool present = next < difference.sides.size() && difference.sides[next].member == i;
      json_.Bool("present", present);
      if (present) WriteSide(json_, difference.sides[next++], context_.options.values);
      if (present && &difference == &comparison_.history.differences.front()) {
        WriteEntry(comparison_.entries[i]);
      }
      json_.EndObject();
    }
    json_.EndArray();
    Names("minority", difference.minority);
    json_.EndObject();
  }

  void WriteEntry(const std::optional<wire::Entry>& entry) {
    if (!entry) return;
    raft::Payload payload;
    payload.Decode(entry->data);
    const describe::EntryView view{.entry = *entry, .payload = payload};
    json_.Name("entry");
    json_.BeginObject();
    json_.Uint("index", entry->index);
    json_.Uint("term", entry->term);
    json_.Text("kind", describe::KindOf(view));
    if (describe::HasRequest(view)) {
      json_.Name("request");
      describe::WriteRequest(json_, view, context_.options.values);
    }
    json_.EndObject();
  }

  // By entries, and by the sums of digests.
  const char* LogVerdictName() const {
    using compare::LogVerdict;
    bool same = comparison_.logs.verdict == LogVerdict::kSame;
    bool different = comparison_.logs.verdict == LogVerdict::kDifferent;
    for (const SumsComparison& pair : comparison_.sums.pairs) {
      same = same || pair.log;
      different = different || (pair.log && !pair.log->differing.empty());
    }
    return different ? "different" : same ? "same" : "not_compared";
  }

  void WriteLogs() {
    const compare::LogComparison& logs = comparison_.logs;
    json_.Name("raft_log");
    json_.BeginObject();
    json_.Text("verdict", LogVerdictName());
    if (logs.verdict != compare::LogVerdict::kNotCompared) {
      json_.Uint("first_index", logs.index_first);
      json_.Uint("last_index", logs.index_last);
      json_.Uint("indexes_differing", logs.indexes_differing);
    }
    if (logs.first_conflict) WriteConflict("first_conflict", *logs.first_conflict);
    if (logs.first_broken_promise) {
      WriteConflict("first_broken_promise", *logs.first_broken_promise);
    }
    json_.EndObject();
  }

  void WriteConflict(const char* name, const compare::LogConflict& conflict) {
    json_.Name(name);
    json_.BeginObject();
    json_.Uint("index", conflict.index);
    json_.Bool("committed", conflict.committed);
    json_.Bool("same_term", conflict.same_term);
    json_.Name("members");
    json_.BeginArray();
    for (const compare::EntrySide& side : conflict.sides) {
      const wire::Entry& entry = side.entry.entry;
      raft::Payload payload;
      payload.Decode(entry.data);
      json_.BeginObject();
      json_.Text("name", comparison_.logged[side.member]->name);
      json_.Uint("term", entry.term);
      json_.Text("kind", describe::KindOf({.entry = entry, .payload = payload}));
      json_.Bool("committed", side.committed);
      json_.Uint("payload_size", entry.data.size());
      json_.Text("payload_xxh3", FingerprintText(entry.data));
      json_.EndObject();
    }
    json_.EndArray();
    json_.EndObject();
  }

  void WriteFindings() {
    json_.Name("findings");
    json_.BeginArray();
    for (const auto& member : context_.members) {
      for (const Finding& finding : member->findings.findings()) {
        describe::WriteFindingJson(json_, finding);
      }
    }
    json_.EndArray();
  }

  JsonWriter json_;
  const ViewContext& context_;
  const Comparison& comparison_;
};

}  // namespace

void WriteSide(JsonWriter& json, const compare::RowSide& side, const output::ValueFormat& values) {
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

void AppendJson(std::string& out, const ViewContext& context) { JsonView(out, context).Write(); }

}  // namespace etcdf::hashcheck
