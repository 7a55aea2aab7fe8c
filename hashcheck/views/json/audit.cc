#include "describe/value.h"
#include "hashcheck/views/audit_words.h"
#include "hashcheck/views/json/json.h"

namespace etcdf::hashcheck {
namespace {

void WriteRows(output::JsonWriter& json, const char* name,
               const std::vector<audit::AnomalyRow>& rows, const output::ValueFormat& values) {
  json.Name(name);
  json.BeginArray();
  for (const audit::AnomalyRow& row : rows) {
    json.BeginObject();
    json.Name("revision");
    json.BeginObject();
    json.Int("main", row.revision.main);
    json.Int("sub", row.revision.sub);
    json.EndObject();
    json.Bool("tombstone", row.tombstone);
    json.Bytes("key", AsBytes(row.key));
    if (!row.tombstone) {
      describe::WriteValue(json, "value", AsBytes(row.value), values);
      json.Int("create_revision", row.create_revision);
      json.Int("version", row.version);
      json.HexId("lease", static_cast<uint64_t>(row.lease));
    }
    json.EndObject();
  }
  json.EndArray();
}

void WriteAnomaly(output::JsonWriter& json, const audit::Anomaly& anomaly,
                  std::span<const Member* const> peers, const output::ValueFormat& values) {
  json.BeginObject();
  json.Text("kind", audit::AnomalyKindName(anomaly.kind));
  json.Uint("index", anomaly.index_first);
  json.Uint("last_index", anomaly.index_last);
  json.Name("ties");
  json.BeginArray();
  for (const uint64_t index : anomaly.ties) json.Uint(index);
  json.EndArray();
  json.Name("other_kinds");
  json.BeginArray();
  for (const audit::AnomalyKind kind : anomaly.other_kinds) {
    json.Text(audit::AnomalyKindName(kind));
  }
  json.EndArray();
  if (anomaly.settled_by) json.Text("settled_by", peers[*anomaly.settled_by]->name);
  json.Uint("term", anomaly.term);
  json.Text("request", anomaly.request);
  json.Int("revision", anomaly.revision);
  if (anomaly.rows_missing > 0) {
    json.Int("last_revision", anomaly.revision_last);
    json.Uint("rows_missing", anomaly.rows_missing);
  }
  json.Int("revisions", anomaly.revisions);
  WriteRows(json, "expected", anomaly.expected, values);
  WriteRows(json, "found", anomaly.found, values);
  json.Uint("consequences", anomaly.consequences);
  json.EndObject();
}

void WriteAudit(output::JsonWriter& json, const MemberAudit& audit,
                const output::ValueFormat& values) {
  const audit::AuditReport& report = audit.report;
  json.BeginObject();
  json.Text("name", audit.member->name);
  json.Text("verdict", audit::AuditVerdictName(report.verdict));
  if (const std::string reason = ReasonText(report); !reason.empty()) json.Text("reason", reason);
  json.Uint("first_index", report.index_first);
  json.Uint("last_index", report.index_last);
  json.Text("start", audit::AuditStartName(report.start));
  json.Int("start_revision", report.start_revision);
  if (report.bumped_to > 0) {
    json.Int("bumped_from", report.bumped_from);
    json.Int("bumped_to", report.bumped_to);
  }
  if (report.start_peer) json.Text("start_peer", audit.peers[*report.start_peer]->name);
  json.Uint("verified", report.verified);
  json.Uint("blind", report.blind);
  json.Uint("without_rows", report.without_rows);
  json.Uint("untold", report.untold);
  json.Uint("follows_to_index", report.follows_to_index);
  json.Int("follows_to_revision", report.follows_to_revision);
  json.Uint("rows_equal", report.rows_equal);
  json.Uint("rows_different", report.rows_different);
  json.Uint("rows_missing", report.rows_missing);
  json.Bool("anomalies_dropped", report.anomalies_dropped);
  json.Name("anomalies");
  json.BeginArray();
  for (const audit::Anomaly& anomaly : report.anomalies) {
    WriteAnomaly(json, anomaly, audit.peers, values);
  }
  json.EndArray();
  json.EndObject();
}

}  // namespace

void WriteAudits(output::JsonWriter& json, const ViewContext& context) {
  if (!context.options.audit) return;
  json.Name("audit");
  json.BeginArray();
  for (const MemberAudit& audit : context.audits) {
    WriteAudit(json, audit, context.options.values);
  }
  json.EndArray();
}

}  // namespace etcdf::hashcheck
