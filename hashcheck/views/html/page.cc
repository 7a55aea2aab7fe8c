#include <algorithm>
#include <set>

#include "app/cli.h"
#include "base/escape.h"
#include "checksum/fingerprint.h"
#include "describe/value.h"
#include "hashcheck/views/html/page.h"
#include "hashcheck/views/judgement_words.h"
#include "hashcheck/views/words.h"
#include "output/html.h"

namespace etcdf::hashcheck {
namespace {

using compare::BucketComparison;
using compare::BucketVerdict;
using compare::RevisionDifference;
using compare::RowDifference;
using compare::RowSide;

// "default-src 'none'" forbids what evidence might smuggle in, if an escape were ever forgotten.
constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; )"
                                   R"(base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
)";

void AppendVerdict(std::string& out, const ViewContext& context) {
  out += "<p class=\"verdict " + std::string(VerdictName(context.comparison.verdict)) + "\">";
  output::AppendHtml(out, VerdictSentence(context));
  out += "</p>\n";
  for (const std::string& alarm : AlarmTexts(context.members)) {
    AppendElement(out, "p class=\"note\"", "Active alarm: " + alarm + ".");
  }
}

void AppendCompared(std::string& out, const ViewContext& context) {
  const Group& comparison = context.group();
  const std::string classes = ClassesText(comparison);
  if (!classes.empty())
    AppendElement(out, "p", "Classes of members in one state: " + classes + ".");
  for (const std::string& beyond : BeyondTexts(comparison)) {
    AppendElement(out, "p class=\"note\"", "Revisions " + beyond + ".");
  }
  if (!comparison.common()) return;
  const compare::Window& window = *comparison.common();
  const bool only_state = window.compacted == window.until;
  std::string text = (only_state ? "Compared: " : "Compared: revisions ") + CommonText(comparison);
  if (window.compacted > 0 && !only_state) text += " and the state that the compaction left";
  if (comparison.by_rows()) {
    text += "; " + Counted(comparison.buckets.size(), "other bucket", "other buckets");
  }
  if (comparison.logs.verdict != compare::LogVerdict::kNotCompared) text += "; the raft logs";
  AppendElement(out, "p class=\"note\"", text + ".");
}

// `<th>m1 <em>alone</em>`
void AppendMarked(std::string& out, std::string_view scope, const std::string& name,
                  std::string_view mark) {
  out.append("<th scope=\"").append(scope).append("\">");
  output::AppendHtml(out, name);
  if (!mark.empty()) {
    out += ' ';
    AppendElement(out, "em", mark);
  }
  out += "</th>";
}

void AppendMembers(std::string& out, const ViewContext& context) {
  const MemberSheet sheet = MakeMemberSheet(context);
  const auto tag = [&](const char* name, size_t column) {
    const bool number = sheet.columns[column].align == output::Align::kRight;
    return std::string(name) + (number ? R"( class="number")" : "");
  };
  AppendElement(out, "h2", "Members");
  BeginTable(out, "What each member says of itself", "members");
  out += R"(<thead><tr><th scope="col">MEMBER</th>)";
  for (size_t i = 1; i < sheet.columns.size(); ++i) {
    AppendElement(out, tag(R"(th scope="col")", i), sheet.columns[i].title);
  }
  out += R"(<th scope="col">READ FROM</th></tr></thead>)"
         "\n<tbody>\n";
  for (size_t row = 0; row < sheet.rows.size(); ++row) {
    const Member& member = *context.members[row];
    const std::vector<std::string>& cells = sheet.rows[row].cells;
    out += context.comparison.StandsAlone(member) ? "<tr class=\"alone\">" : "<tr>";
    AppendMarked(out, "row", cells.front(), sheet.rows[row].mark);
    for (size_t i = 1; i < cells.size(); ++i) AppendElement(out, tag("td", i), cells[i]);
    AppendElement(out, "td", member.source);
    out += "</tr>\n";
  }
  out += "</tbody>";
  EndTable(out);
}

// One line of a difference: what each group of members has there.
struct SideLine {
  std::string title;
  std::vector<std::string> cells;
};

std::vector<SideLine> LinesOf(const RevisionDifference& difference,
                              const std::vector<SideGroup>& groups, const ViewContext& context) {
  constexpr size_t kShownBytes = 2048;
  const output::ValueFormat& values = context.options.values;
  std::vector<SideLine> lines;
  const auto add = [&](const char* title, auto&& text_of) {
    SideLine line{.title = title, .cells = {}};
    for (const SideGroup& group : groups) {
      const bool has_text = group.side != nullptr && IsDecoded(*group.side);
      line.cells.push_back(has_text ? text_of(*group.side) : "");
    }
    lines.push_back(std::move(line));
  };
  const auto of_puts = [](auto&& text_of) {
    return [text_of](const RowSide& side) {
      return side.at.tombstone ? std::string() : text_of(side);
    };
  };
  add("Row", [](const RowSide& side) { return side.at.tombstone ? "delete" : "put"; });
  for (size_t i = 0; i < groups.size(); ++i) {
    const RowSide* const side = groups[i].side;
    if (side == nullptr) lines.front().cells[i] = "nothing";
    if (side != nullptr && !IsDecoded(*side)) lines.front().cells[i] = UndecodedText(*side);
  }
  add("Key", [](const RowSide& side) { return Quoted(side.row.key); });
  if (!describe::LeavesOut(values)) {
    add("Value", of_puts([&](const RowSide& side) {
          return ValueText(side.row.value, values, kShownBytes);
        }));
  }
  add("Version", of_puts([](const RowSide& side) { return std::to_string(side.row.version); }));
  add("Created at",
      of_puts([](const RowSide& side) { return std::to_string(side.row.create_revision); }));
  add("Lease", of_puts([](const RowSide& side) {
        return side.row.lease == 0 ? "none" : HexId(static_cast<uint64_t>(side.row.lease));
      }));
  add("Revision there", [](const RowSide& side) { return mvcc::RevisionText(side.at.revision); });
  SideLine entries{.title = "Written by", .cells = {}};
  for (const SideGroup& group : groups) {
    entries.cells.push_back(EntryText(difference, group, context.group()));
  }
  if (std::ranges::any_of(entries.cells, [](const std::string& cell) { return !cell.empty(); })) {
    lines.push_back(std::move(entries));
  }
  return lines;
}

void AppendDifference(std::string& out, const RevisionDifference& difference,
                      const ViewContext& context) {
  const Group& comparison = context.group();
  const std::vector<SideGroup> groups = GroupSides(difference, comparison.compared.size());
  AppendElement(out, "h3",
                "Revision " + mvcc::RevisionText(difference.revision) + ": " +
                    compare::DifferenceKindName(difference.kind));
  BeginTable(out, "What each member has at this revision", "sides");
  out += R"(<thead><tr><th scope="col"></th>)";
  for (const SideGroup& group : groups) {
    const bool alone =
        !difference.minority.empty() && std::ranges::includes(difference.minority, group.members);
    AppendMarked(out, "col", NamesOf(group.members, comparison), alone ? "alone" : "");
  }
  out += "</tr></thead>\n<tbody>\n";
  for (const SideLine& line : LinesOf(difference, groups, context)) {
    std::set<std::string_view> told(line.cells.begin(), line.cells.end());
    told.erase("");
    const bool unlike = told.size() > 1;
    out += unlike ? R"(<tr class="unlike">)" : "<tr>";
    AppendElement(out, R"(th scope="row")", line.title);
    for (const std::string& cell : line.cells) {
      out += "<td>";
      AppendElement(out, "code", cell);
      out += "</td>";
    }
    out += "</tr>\n";
  }
  out += "</tbody>";
  EndTable(out);
}

// How far keys were compared where no revision is on all members.
std::string WithoutWindow(const ViewContext& context) {
  const Group& comparison = context.group();
  if (comparison.common()) return "Compared: " + CommonText(comparison) + ".";
  const std::string reason = comparison.doubt ? DoubtText(*comparison.doubt, context.comparison)
                                              : "no revision is on all members";
  return "Not compared: " + reason + ".";
}

void AppendKeys(std::string& out, const ViewContext& context) {
  constexpr size_t kShown = 20;
  const Group& comparison = context.group();
  const compare::KeyHistoryComparison& history = comparison.history;
  if (comparison.members.size() == 1) return;
  AppendElement(out, "h2", "Keys");
  if (!comparison.window) {
    AppendElement(out, "p", WithoutWindow(context));
    if (comparison.first) AppendDifference(out, *comparison.first, context);
    return;
  }
  if (!comparison.by_rows()) {
    AppendElement(out, "p", "Not compared row by row: that takes the databases of two members.");
    return;
  }
  AppendElement(
      out, "p",
      Counted(history.rows_compared, "row", "rows") + " of the history compared; " +
          (!comparison.first ? "the same on " + WhoOf(context) + "."
                             : Counted(history.revisions_differing + comparison.revisions_beyond,
                                       "revision differs", "revisions differ") +
                                   "."));
  if (!history.shifts.empty() || history.consequences > 0) {
    out += "<ul>\n";
    for (const compare::Shift& shift : history.shifts) {
      AppendElement(out, "li", ShiftText(shift, comparison));
    }
    if (history.consequences > 0) AppendElement(out, "li", ConsequencesText(history.consequences));
    out += "</ul>\n";
  }
  AppendHeatMap(out, context);
  const size_t shown = context.options.all ? history.differences.size()
                                           : std::min(kShown, history.differences.size());
  if (comparison.first &&
      (history.same() || history.differences.front().revision != comparison.first->revision)) {
    AppendDifference(out, *comparison.first, context);
  }
  for (size_t i = 0; i < shown; ++i) AppendDifference(out, history.differences[i], context);
  if (shown < history.differences.size()) {
    AppendElement(out, "p class=\"note\"",
                  "The first " + std::to_string(shown) + " of " +
                      std::to_string(history.differences.size()) +
                      " differing rows; hashcheck --all shows them all.");
  }
}

// A row of another bucket, by member. Such rows may hold secrets: what shows is which are alike.
void AppendBucketRow(std::string& out, const BucketComparison& bucket, const RowDifference& row,
                     const Group& comparison) {
  out += "<tr>";
  AppendElement(out, "td", bucket.name);
  out += "<td>";
  AppendElement(out, "code", RowKeyText(bucket.name, row.key));
  out += "</td>";
  for (size_t i = 0; i < comparison.compared.size(); ++i) {
    const auto side = std::ranges::find(row.sides, i, &RowDifference::Side::member);
    out += "<td>";
    if (side == row.sides.end() || !side->present) {
      AppendElement(out, "code", "nothing");
    } else {
      AppendElement(out, "code",
                    Counted(side->value.size(), "byte ", "bytes ") + FingerprintText(side->value));
    }
    out += "</td>";
  }
  out += "</tr>\n";
}

void AppendGuiltyRows(std::string& out, const Group& comparison) {
  constexpr size_t kShown = 20;  // of each bucket
  BeginTable(out, "Rows that sound members do not differ in, by size and fingerprint", "rows");
  out += R"(<thead><tr><th scope="col">BUCKET</th><th scope="col">KEY</th>)";
  for (const Member* member : comparison.compared) {
    AppendElement(out, R"(th scope="col")", member->name);
  }
  out += "</tr></thead>\n<tbody>\n";
  for (const BucketComparison& bucket : comparison.buckets) {
    size_t shown = 0;
    for (const RowDifference& row : bucket.differences) {
      if (row.blame != compare::Blame::kGuilty || shown++ == kShown) break;
      AppendBucketRow(out, bucket, row, comparison);
    }
  }
  out += "</tbody>";
  EndTable(out);
}

void AppendBuckets(std::string& out, const Group& comparison) {
  if (comparison.buckets.empty()) return;
  AppendElement(out, "h2", "Other buckets");
  std::string same;
  bool guilty = false;
  out += "<ul>\n";
  for (const BucketComparison& bucket : comparison.buckets) {
    guilty = guilty || bucket.verdict == BucketVerdict::kDifferent;
    if (bucket.verdict == BucketVerdict::kSame) {
      same += (same.empty() ? "" : ", ") + Printable(bucket.name);
      continue;
    }
    out += "<li>";
    AppendElement(out, "strong", bucket.name);
    output::AppendHtml(out, ": " + BucketText(bucket, comparison));
    if (bucket.verdict == BucketVerdict::kBenign) {
      output::AppendHtml(out,
                         std::string(": ") + InnocenceText(bucket.differences.front().innocence));
    }
    out += "</li>\n";
  }
  if (!same.empty()) AppendElement(out, "li", "the same on all members: " + same);
  out += "</ul>\n";
  if (guilty) AppendGuiltyRows(out, comparison);
}

// What is said of one cluster's members.
void AppendGroup(std::string& out, const ViewContext& context) {
  if (context.are_strangers()) {
    AppendElement(out, "h2", "Cluster " + ClusterText(context.group()));
  }
  AppendCompared(out, context);
  AppendKeys(out, context);
  AppendSums(out, context);
  AppendLogPicture(out, context);
  if (context.group().by_rows()) AppendBuckets(out, context.group());
}

void AppendFinding(std::string& out, const Member& member, const Finding& finding) {
  out += "<tr>";
  AppendElement(out, R"(th scope="row")", member.name);
  AppendElement(out, "td", SeverityName(finding.kind.severity));
  out += "<td>";
  AppendElement(out, "code", finding.kind.id);
  out += "</td>";
  std::string where = finding.file;
  if (finding.offset) where += " at " + std::to_string(*finding.offset);
  AppendElement(out, "td", where);
  AppendElement(out, "td",
                finding.what + (finding.consequence.empty() ? "" : "; " + finding.consequence));
  out += "</tr>\n";
}

void AppendFindings(std::string& out, const ViewContext& context) {
  AppendElement(out, "h2", "Findings");
  size_t findings = 0;
  size_t unreadable = 0;
  for (const auto& member : context.members) {
    findings += member->findings.findings().size();
    const auto& error = member->error();
    if (!error) continue;
    ++unreadable;
    AppendElement(out, "p",
                  member->name +
                      (member->readable() ? " does not tell its HashKV: " : " cannot be read: ") +
                      error->Message());
  }
  if (findings == 0) {
    if (unreadable == 0) AppendElement(out, "p", "None: nothing odd or damaged was met.");
    return;
  }
  BeginTable(out, "What is odd or damaged in the evidence", "findings");
  out += R"(<thead><tr><th scope="col">MEMBER</th><th scope="col">SEVERITY</th>)"
         R"(<th scope="col">FINDING</th><th scope="col">WHERE</th><th scope="col">WHAT</th>)"
         "</tr></thead>\n<tbody>\n";
  for (const auto& member : context.members) {
    for (const Finding& finding : member->findings.findings()) AppendFinding(out, *member, finding);
  }
  out += "</tbody>";
  EndTable(out);
}

}  // namespace

void AppendElement(std::string& out, std::string_view tag, std::string_view text) {
  out.append("<").append(tag).append(">");
  output::AppendHtml(out, text);
  const std::string_view name = tag.substr(0, tag.find(' '));
  out.append("</").append(name).append(">");
  if (name == "p" || name.starts_with('h') || name == "li") out += '\n';
}

void BeginTable(std::string& out, std::string_view caption, std::string_view table_class) {
  // A keyboard can scroll what it can focus.
  out += R"(<div class="box" tabindex="0" role="region" aria-label=")";
  output::AppendHtml(out, caption);
  out.append("\">\n<table class=\"").append(table_class).append("\">");
  AppendElement(out, "caption", caption);
  out += '\n';
}

void EndTable(std::string& out) { out += "</table>\n</div>\n"; }

void AppendHtmlPage(std::string& out, const ViewContext& context) {
  out += kHead;
  AppendElement(out, "title",
                context.members.size() > 1
                    ? std::string("hashcheck: ") + VerdictName(context.comparison.verdict)
                    : "hashcheck: " + context.members.front()->name);
  out.append("\n<style>").append(kPageStyle).append("</style>\n</head>\n<body>\n<header>\n");
  AppendElement(out, "h1", "hashcheck: do the members agree?");
  AppendVerdict(out, context);
  out += "</header>\n<main>\n";
  AppendMembers(out, context);
  for (size_t i = 0; i < context.comparison.groups.size(); ++i) {
    AppendGroup(out, context.For(i));
  }
  AppendAudits(out, context);
  AppendBestMember(out, context);
  AppendFindings(out, context);
  out += "</main>\n<footer>\n";
  AppendElement(out, "p class=\"note\"",
                "Written by hashcheck " + std::string(app::kVersion) + " of etcd-forensics." +
                    (context.options.values.redact ? " Values are redacted." : ""));
  out += "</footer>\n</body>\n</html>\n";
}

}  // namespace etcdf::hashcheck
