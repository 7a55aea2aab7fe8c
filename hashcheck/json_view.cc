#include <algorithm>

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

class JsonView {
 public:
  JsonView(std::string& out, const ViewContext& context)
      : json_(out), context_(context), comparison_(context.comparison) {}

  void Write() {
    json_.BeginObject();
    json_.Text("schema", "hashcheck/1");
    json_.Text("verdict", VerdictName(comparison_.verdict));
    if (!comparison_.reason.empty()) json_.Text("reason", comparison_.reason);
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

  void WriteMembers() {
    json_.Name("members");
    json_.BeginArray();
    for (const auto& member : context_.members) {
      json_.BeginObject();
      json_.Text("name", member->name);
      json_.Text("source", member->source);
      if (member->readable()) {
        WriteMember(*member);
      } else {
        json_.Text("error", member->unreadable->Message());
      }
      json_.EndObject();
    }
    json_.EndArray();
  }

  void WriteMember(const Member& member) {
    const mvcc::Status& status = member.status;
    json_.Text("kind", member.database.database->engine() == backend::Engine::kLmdb ? "lmdb"
                       : member.database.data_dir.empty()                           ? "database"
                                                                                    : "data_dir");
    if (const auto identity = member.identity()) {
      json_.HexId("node_id", identity->node_id);
      json_.HexId("cluster_id", identity->cluster_id);
    }
    json_.Uint("size", member.database.database->size_bytes());
    json_.Int("revision", status.CurrentRevision());
    json_.Int("compact_revision", status.CompactRevision());
    if (const auto revision = status.UnfinishedCompaction()) {
      json_.Int("unfinished_compaction", *revision);
    }
    if (status.consistent_index) json_.Uint("consistent_index", *status.consistent_index);
    if (status.term) json_.Uint("term", *status.term);
    json_.Uint("keys", member.keys);
    json_.Uint("hash", member.hash);
    if (member.hash_kv) json_.Uint("hash_kv", member.hash_kv->hash);
    if (member.log) {
      const wal::LogSummary& log = member.log->summary();
      json_.Name("wal");
      json_.BeginObject();
      json_.Uint("first_index", log.entries.index_first);
      json_.Uint("last_index", log.entries.index_last);
      json_.Uint("term", log.state.term);
      json_.Uint("commit", log.commit);
      json_.EndObject();
    }
    json_.Bool("minority", comparison_.StandsAlone(member));
  }

  void WriteBuckets() {
    if (comparison_.compared.size() < 2) return;
    json_.Name("buckets");
    json_.BeginArray();
    json_.BeginObject();
    json_.Text("name", "key");
    json_.Text("verdict", !comparison_.window          ? "not_compared"
                          : comparison_.history.same() ? "same"
                                                       : "different");
    Names("members", comparison_.history.same() ? std::vector<size_t>()
                                                : comparison_.history.differences.front().minority);
    json_.EndObject();
    for (const compare::BucketComparison& bucket : comparison_.buckets) {
      json_.BeginObject();
      json_.Text("name", bucket.name);
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
    json_.Text("bucket", bucket->name);
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
      if (present) WriteSide(difference.sides[next++]);
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

  void WriteSide(const compare::RowSide& side) {
    json_.Int("revision", side.at.revision.main);
    json_.Bool("tombstone", side.at.tombstone);
    json_.Bytes("key", side.row.key);
    if (side.at.tombstone) return;
    describe::WriteValue(json_, "value", side.row.value, context_.options.values);
    json_.Uint("value_size", side.row.value.size());
    json_.Text("value_xxh3", FingerprintText(side.row.value));
    json_.Int("create_revision", side.row.create_revision);
    json_.Int("version", side.row.version);
    json_.HexId("lease", static_cast<uint64_t>(side.row.lease));
  }

  void WriteLogs() {
    constexpr const char* kVerdicts[] = {"same", "different", "not_compared"};
    const compare::LogComparison& logs = comparison_.logs;
    json_.Name("raft_log");
    json_.BeginObject();
    json_.Text("verdict", kVerdicts[static_cast<size_t>(logs.verdict)]);
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

void AppendJson(std::string& out, const ViewContext& context) { JsonView(out, context).Write(); }

}  // namespace etcdf::hashcheck
