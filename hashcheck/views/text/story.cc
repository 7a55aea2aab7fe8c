#include <algorithm>

#include "base/escape.h"
#include "hashcheck/views/audit_words.h"
#include "hashcheck/views/best_member_words.h"
#include "hashcheck/views/judgement_words.h"
#include "hashcheck/views/sums_words.h"
#include "hashcheck/views/words.h"

namespace etcdf::hashcheck {
namespace {

using compare::LogVerdict;
using compare::RevisionDifference;

constexpr size_t kShownBytes = 96;  // of a value

// A line for each group of members that say the same.
void AppendSides(std::string& out, const RevisionDifference& difference,
                 const ViewContext& context) {
  const Group& comparison = context.group();
  const std::vector<SideGroup> groups = GroupSides(difference, comparison.compared.size());
  size_t width = 0;
  for (const SideGroup& group : groups) {
    width = std::max(width, NamesOf(group.members, comparison).size());
  }
  for (const SideGroup& group : groups) {
    std::string names = NamesOf(group.members, comparison);
    names.resize(width, ' ');
    out += "  " + names + "  " +
           (group.side == nullptr ? "nothing"
                                  : RowText(*group.side, context.options.values, kShownBytes));
    const std::string entry = EntryText(difference, group, comparison);
    out += (entry.empty() ? "" : "; " + entry) + "\n";
  }
}

// At the first difference, which may be another minority than that of the whole.
std::string WhoIsAlone(const RevisionDifference& first, const Group& comparison) {
  if (first.minority.empty()) {
    return comparison.compared.size() == 2 ? " The databases alone cannot tell who is right."
                                           : " No majority agrees there.";
  }
  const bool whole = std::ranges::equal(
      first.minority, comparison.classes.minority, {},
      [&](size_t member) { return comparison.compared[member]; },
      [&](size_t member) { return comparison.members[member]; });
  return " " + NamesOf(first.minority, comparison) +
         (first.minority.size() == 1 ? " stands" : " stand") + " alone" + (whole ? "." : " there.");
}

void AppendLines(std::string& out, std::string title, const std::vector<std::string>& lines) {
  title.resize(12, ' ');
  for (const std::string& line : lines) {
    if (!line.empty()) out += title + line + "\n";
  }
}

void AppendKeys(std::string& out, const ViewContext& context) {
  const Group& comparison = context.group();
  const compare::KeyHistoryComparison& history = comparison.history;
  if (!comparison.by_rows()) return;
  const std::string range =
      comparison.common() ? "comparable " + CommonText(comparison) : std::string();
  if (!comparison.first) {
    if (!range.empty()) out += "keys        " + range + ", the same on " + WhoOf(context) + "\n";
    return;
  }
  const RevisionDifference& first = *comparison.first;
  out += "DIVERGED at revision " + mvcc::RevisionText(first.revision) + " (" +
         compare::DifferenceKindName(first.kind) + ")" + (range.empty() ? "" : "; " + range) + "." +
         WhoIsAlone(first, comparison) + "\n";
  AppendSides(out, first, context);
  for (const compare::Shift& shift : history.shifts) out += ShiftText(shift, comparison) + "\n";
  const uint64_t more = history.revisions_differing + comparison.revisions_beyond - 1;
  if (more > 0) out += Counted(more, "more revision differs", "more revisions differ") + "\n";
  if (history.consequences > 0) out += ConsequencesText(history.consequences) + "\n";
  if (!context.options.all) return;
  for (const RevisionDifference& difference : history.differences) {
    if (difference.revision == first.revision) continue;
    out += "revision " + mvcc::RevisionText(difference.revision) + " (" +
           compare::DifferenceKindName(difference.kind) + ")\n";
    AppendSides(out, difference, context);
  }
}

void AppendPair(std::string& out, const SumsComparison& pair, const ViewContext& context) {
  out += "sums of " + Printable(context.group().members[pair.a]->name) + " and " +
         Printable(context.group().members[pair.b]->name) + "\n";
  for (const PartText& part : PartsOf(pair, context.options.all)) {
    std::string title = part.part;
    title.resize(10, ' ');
    out += "  " + title + part.text + "\n";
  }
}

void AppendRows(std::string& out, const RowsInRanges& rows, const ViewContext& context) {
  constexpr size_t kShown = 20;
  const size_t shown = context.options.all ? rows.rows.size() : std::min(kShown, rows.rows.size());
  out += "rows of " + Printable(context.group().members[rows.member]->name) +
         " in the ranges in which it differs\n";
  for (size_t i = 0; i < shown; ++i) {
    out += "  " + mvcc::RevisionText(rows.rows[i].at.revision) + "  " +
           RowText(rows.rows[i], context.options.values, kShownBytes) + "\n";
  }
  if (shown < rows.rows.size()) {
    out += "  and " + Counted(rows.rows.size() - shown, "more row", "more rows") + "\n";
  }
  if (rows.more) out += "  and later ones\n";
}

void AppendSums(std::string& out, const ViewContext& context) {
  const SumsResult& sums = context.group().sums;
  for (const SumsComparison& pair : sums.pairs) AppendPair(out, pair, context);
  for (const RowsInRanges& rows : sums.rows) AppendRows(out, rows, context);
  const std::string hashes = HashesText(context);
  if (!hashes.empty()) out += "HashKV      " + hashes + "\n";
}

void AppendUnfinishedCompactions(std::string& out, const ViewContext& context) {
  for (const Member* member : context.group().members) {
    const auto revision = member->status.UnfinishedCompaction();
    if (!revision) continue;
    out += "compaction  of " + Printable(member->name) + " to revision " +
           std::to_string(*revision) + " has begun and is not finished, which is no difference\n";
  }
}

void AppendBuckets(std::string& out, const ViewContext& context) {
  for (const compare::BucketComparison& bucket : context.group().buckets) {
    if (bucket.verdict == compare::BucketVerdict::kSame) continue;
    out += "bucket " + Printable(bucket.name) + ": " + BucketText(bucket, context.group()) + "\n";
  }
}

// A line for each point, what is to be said of it below.
void AppendAudits(std::string& out, const ViewContext& context) {
  const std::vector<AuditStory> stories = TellAudits(context);
  size_t width = 0;
  for (const AuditStory& story : stories) width = std::max(width, story.Names().size());
  for (const AuditStory& story : stories) {
    std::string names = story.Names();
    for (const Point& point : story.points) {
      names.resize(width, ' ');
      out += (&point == &story.points.front() ? "audit " : "      ") + names + "  " +
             point.headline + "\n";
      names.clear();
      for (const std::string& detail : point.details)
        out += std::string(width + 10, ' ') + detail + "\n";
    }
  }
}

void AppendBest(std::string& out, const ViewContext& context) {
  if (!context.best) return;
  const BestMemberStory story = TellBestMember(*context.best, context.origins);
  out += story.headline + "\n";
  size_t width = 0;
  for (const Point& member : story.members) width = std::max(width, member.headline.size());
  for (const Point& member : story.members) {
    std::string name = member.headline;
    for (const std::string& line : member.details) {
      name.resize(width, ' ');
      out.append("  ").append(name).append("  ").append(line).append("\n");
      name.clear();
    }
  }
  out += "what to do\n";
  for (const std::string& step : story.plan) out.append("  ").append(step).append("\n");
}

// What a raft log holds: where the terms change, as ` 1:1-3 2:4-176`.
std::string RunsText(const std::vector<compare::TermRun>& runs) {
  constexpr size_t kShown = 12;
  std::string text;
  const size_t skipped = runs.size() > kShown ? runs.size() - kShown : 0;
  if (skipped > 0) text += " (" + std::to_string(skipped) + " earlier runs)";
  for (size_t i = skipped; i < runs.size(); ++i) {
    text += " " + std::to_string(runs[i].term) + ":" + std::to_string(runs[i].index_first);
    if (runs[i].index_last != runs[i].index_first) {
      text += "-" + std::to_string(runs[i].index_last);
    }
  }
  return text;
}

void AppendLogs(std::string& out, const ViewContext& context) {
  const Group& comparison = context.group();
  const compare::LogComparison& logs = comparison.logs;
  if (logs.verdict == LogVerdict::kNotCompared) return;
  out += "raft logs   " + LogText(logs) + "\n";
  if (logs.verdict == LogVerdict::kSame) return;
  for (size_t i = 0; i < logs.pictures.size(); ++i) {
    const compare::LogPicture& picture = logs.pictures[i];
    if (picture.live.empty()) continue;
    out += "  " + Printable(comparison.logged[i]->name) + "  term:index" + RunsText(picture.live) +
           ", committed " + std::to_string(picture.committed) + "\n";
  }
}

// Where the members are that were rolled forward: the index is that of the table's APPLIED.
void AppendRolled(std::string& out, const ViewContext& context) {
  if (!context.options.roll_forward) return;
  for (const Member* member : context.group().members) {
    if (!member->rolled) continue;
    const Rolled& rolled = *member->rolled;
    out += "rolled      " + Printable(member->name);
    if (rolled.state.index > rolled.from) {
      out += " from entry " + std::to_string(rolled.from) + " to " +
             std::to_string(rolled.state.index) + ", as its log says";
    } else {
      out += " stays at entry " + std::to_string(rolled.from);
    }
    if (!rolled.short_of.empty()) out += "; not further: " + Printable(rolled.short_of);
    out += "\n";
  }
}

void AppendGroup(std::string& out, const ViewContext& context) {
  const Group& comparison = context.group();
  AppendRolled(out, context);
  // Rows tell their story themselves.
  const bool told = comparison.by_rows() && (comparison.first || !comparison.keys.AnyDifferent());
  const bool is_one = comparison.members.size() == 1;
  if (!is_one && !told && comparison.verdict != Verdict::kUndecidable) {
    out += SentenceOfGroup(context) + "\n";
  }
  AppendKeys(out, context);
  AppendLines(out, "classes", {ClassesText(comparison)});
  AppendLines(out, "beyond", BeyondTexts(comparison));
  AppendUnfinishedCompactions(out, context);
  AppendBuckets(out, context);
  AppendLogs(out, context);
  AppendSums(out, context);
}

}  // namespace

void AppendStory(std::string& out, const ViewContext& context) {
  out += "\n";
  for (size_t i = 0; i < context.comparison.groups.size(); ++i) {
    const ViewContext of_group = context.For(i);
    if (context.are_strangers()) AppendLines(out, "cluster", {ClusterText(of_group.group())});
    AppendGroup(out, of_group);
  }
  AppendLines(out, "alarm", AlarmTexts(context.members));
  AppendAudits(out, context);
  AppendBest(out, context);
  for (size_t i = 0; i < context.comparison.groups.size(); ++i) {
    const Group& group = context.comparison.groups[i];
    if (group.verdict != Verdict::kUndecidable || group.members.size() < 2) continue;
    out += "cannot tell whether the members " +
           (context.are_strangers() ? "of " + ClusterText(group) + " agree: " : "agree: ") +
           DoubtText(*group.doubt, context.comparison) + "\n";
  }
  if (context.are_strangers()) {
    out += "cannot tell whether the members agree: " +
           DoubtText(*context.comparison.doubt, context.comparison) + "\n";
  }
}

}  // namespace etcdf::hashcheck
