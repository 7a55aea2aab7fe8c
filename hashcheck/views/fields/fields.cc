#include "base/escape.h"
#include "hashcheck/views/audit_words.h"
#include "hashcheck/views/best_member_words.h"
#include "hashcheck/views/judgement_words.h"
#include "hashcheck/views/sums_words.h"
#include "hashcheck/views/words.h"

namespace etcdf::hashcheck {
namespace {

void Line(std::string& out, std::string_view name, const std::string& value) {
  out += "\"" + std::string(name) + "\" : " + value + "\n";
}

std::string InQuotes(std::string_view text) { return "\"" + Printable(text) + "\""; }

void AppendMember(std::string& out, const Member& member) {
  Line(out, "Member", InQuotes(member.name));
  if (!member.readable()) {
    Line(out, "Error", InQuotes(member.unreadable->Message()));
    return;
  }
  if (const auto identity = member.identity()) {
    Line(out, "Node ID", InQuotes(HexId(identity->node_id)));
    Line(out, "Cluster ID", InQuotes(HexId(identity->cluster_id)));
  }
  const digest::Facts facts = member.Facts();
  const auto number = [&out](std::string_view title, const std::optional<uint64_t>& fact) {
    if (fact) Line(out, title, std::to_string(*fact));
  };
  number("Revision", facts.revision);
  if (facts.compact_revision || !member.running) {
    Line(out, "Compact revision",
         facts.compact_revision ? std::to_string(*facts.compact_revision) : "-1");
  }
  number("Consistent index", facts.consistent_index);
  number("Keys", facts.keys);
  number("Hash", facts.hash);
  number("HashKV", facts.hash_kv);
  for (const cluster::Alarm& alarm : member.alarms) {
    Line(out, "Alarm", InQuotes(cluster::AlarmName(alarm.kind)));
  }
}

void AppendAudit(std::string& out, const MemberAudit& audit) {
  Line(out, "Audit of", InQuotes(audit.member->name));
  Line(out, "Audit verdict", InQuotes(audit::AuditVerdictName(audit.report.verdict)));
  if (const std::string reason = ReasonText(audit.report); !reason.empty()) {
    Line(out, "Audit reason", InQuotes(reason));
  }
  for (const audit::Anomaly& anomaly : audit.report.anomalies) {
    Line(out, "Anomaly", InQuotes(audit::AnomalyKindName(anomaly.kind)));
    Line(out, "Anomaly index", std::to_string(anomaly.index_first));
    Line(out, "Anomaly revision", std::to_string(anomaly.revision));
  }
}

void AppendBest(std::string& out, const restore::BestMember& best) {
  for (const size_t ordinal : best.best) {
    Line(out, "Best member", InQuotes(best.candidates[ordinal].member->name));
  }
  if (best.best.empty()) Line(out, "Best member", InQuotes(""));
  for (const std::string& reason : ReasonTexts(best)) Line(out, "Reason", InQuotes(reason));
}

// What is said of one cluster's members.
void AppendGroup(std::string& out, const ViewContext& context) {
  const Group& comparison = context.group();
  if (context.are_strangers()) {
    Line(out, "Cluster", InQuotes(ClusterText(comparison)));
    Line(out, "Cluster verdict", InQuotes(VerdictName(comparison.verdict)));
  }
  if (const auto& window = comparison.common()) {
    Line(out, "Compared revision", std::to_string(window->until));
    Line(out, "Compared compact revision", std::to_string(window->compacted));
  }
  for (const std::vector<size_t>& members : comparison.classes.classes) {
    if (context.members.size() < 2) break;
    Line(out, "Class", InQuotes(NamesIn(members, comparison.members)));
  }
  if (comparison.first) {
    const compare::RevisionDifference& first = *comparison.first;
    Line(out, "First divergence", std::to_string(first.revision.main));
    Line(out, "Kind", InQuotes(compare::DifferenceKindName(first.kind)));
    Line(out, "Minority", InQuotes(NamesOf(first.minority, comparison)));
  }
  for (const SumsComparison& pair : comparison.sums.pairs) {
    Line(out, "Sums",
         InQuotes(context.group().members[pair.a]->name + " " +
                  context.group().members[pair.b]->name));
    for (const PartText& part : PartsOf(pair, context.options.all)) {
      Line(out, std::string("Sums of ") + part.part, InQuotes(part.text));
    }
  }
}

}  // namespace

void AppendFields(std::string& out, const ViewContext& context) {
  if (context.members.size() > 1) {
    Line(out, "Verdict", InQuotes(VerdictName(context.comparison.verdict)));
    if (context.comparison.doubt) {
      Line(out, "Reason", InQuotes(DoubtText(*context.comparison.doubt, context.comparison)));
    }
  }
  for (const auto& member : context.members) AppendMember(out, *member);
  for (size_t i = 0; i < context.comparison.groups.size(); ++i) AppendGroup(out, context.For(i));
  if (context.options.audit) {
    for (const MemberAudit& audit : context.audits) AppendAudit(out, audit);
  }
  if (context.best) AppendBest(out, *context.best);
}

}  // namespace etcdf::hashcheck
