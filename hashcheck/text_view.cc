#include <algorithm>

#include "base/escape.h"
#include "describe/go_text.h"
#include "describe/value.h"
#include "hashcheck/views.h"

namespace etcdf::hashcheck {
namespace {

using compare::LogVerdict;
using compare::RevisionDifference;
using compare::RowSide;

std::string Counted(uint64_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string Quoted(Bytes bytes) {
  std::string text;
  AppendGoQuoted(text, bytes);
  return text;
}

// `put "k" = "v", version 3, created at 12, lease 1f`
std::string RowText(const RowSide& side, const output::ValueFormat& values) {
  constexpr size_t kShownBytes = 96;
  if (side.row.key.empty() && !side.stored.empty() && side.row.mod_revision == 0) {
    return "a row that cannot be decoded, " + Counted(side.stored.size(), "byte", "bytes");
  }
  if (side.at.tombstone) return "delete " + Quoted(side.row.key);
  std::string text = "put " + Quoted(side.row.key);
  if (!describe::LeavesOut(values)) {
    text += " = ";
    const bool whole = side.row.value.size() <= kShownBytes || values.redact;
    describe::AppendValue(text, whole ? side.row.value : side.row.value.first(kShownBytes), values,
                          [](std::string& out, Bytes bytes) { AppendGoQuoted(out, bytes); });
    if (!whole) text += "... (" + std::to_string(side.row.value.size()) + " bytes)";
  }
  text += ", version " + std::to_string(side.row.version) + ", created at " +
          std::to_string(side.row.create_revision);
  if (side.row.lease != 0) {
    text += ", lease " + HexId(static_cast<uint64_t>(side.row.lease));
  }
  return text;
}

// A line for each group of members that say the same.
void AppendSides(std::string& out, const RevisionDifference& difference,
                 const ViewContext& context) {
  const Comparison& comparison = context.comparison;
  std::vector<std::pair<std::string, std::vector<size_t>>> groups;
  for (size_t i = 0; i < comparison.compared.size(); ++i) {
    const auto side = std::ranges::find(difference.sides, i, &RowSide::member);
    const std::string text =
        side == difference.sides.end() ? "nothing" : RowText(*side, context.options.values);
    const auto group = std::ranges::find(groups, text, [](const auto& g) { return g.first; });
    if (group == groups.end()) {
      groups.push_back({text, {i}});
    } else {
      group->second.push_back(i);
    }
  }
  size_t width = 0;
  for (const auto& [text, members] : groups) {
    width = std::max(width, NamesOf(members, comparison).size());
  }
  for (const auto& [text, members] : groups) {
    std::string names = NamesOf(members, comparison);
    names.resize(width, ' ');
    out += "  " + names + "  " + text + "\n";
  }
}

void AppendShift(std::string& out, const compare::Shift& shift, const Comparison& comparison) {
  const bool behind = shift.by > 0;
  out += "from revision " + std::to_string(shift.from) + " on " +
         NamesOf({shift.member}, comparison) + " is " +
         Counted(static_cast<uint64_t>(behind ? shift.by : -shift.by), "revision", "revisions") +
         (behind ? " behind" : " ahead of") + (behind ? "" : " the others") + "\n";
}

void AppendKeys(std::string& out, const ViewContext& context) {
  const Comparison& comparison = context.comparison;
  const compare::KeyHistoryComparison& history = comparison.history;
  if (!comparison.window) return;
  const std::string range = "comparable " + std::to_string(comparison.window->compacted + 1) +
                            ".." + std::to_string(comparison.window->until);
  if (history.same()) {
    out += "keys        " + range + ", the same on all members\n";
    return;
  }
  const RevisionDifference& first = history.differences.front();
  out += "DIVERGED at revision " + mvcc::RevisionText(first.revision) + " (" +
         compare::DifferenceKindName(first.kind) + "); " + range + ".";
  if (!first.minority.empty()) {
    out += " " + NamesOf(first.minority, comparison) +
           (first.minority.size() == 1 ? " stands" : " stand") + " alone.";
  } else {
    out += " The databases alone cannot tell who is right.";
  }
  out += "\n";
  AppendSides(out, first, context);
  for (const compare::Shift& shift : history.shifts) AppendShift(out, shift, comparison);
  const uint64_t more = history.revisions_differing - 1;
  if (more > 0) out += Counted(more, "more revision differs", "more revisions differ") + "\n";
  if (history.consequences > 0) {
    out += Counted(history.consequences, "later row differs", "later rows differ") +
           " in version or create revision alone, as a consequence\n";
  }
  if (!context.options.all) return;
  for (size_t i = 1; i < history.differences.size(); ++i) {
    const RevisionDifference& difference = history.differences[i];
    out += "revision " + mvcc::RevisionText(difference.revision) + " (" +
           compare::DifferenceKindName(difference.kind) + ")\n";
    AppendSides(out, difference, context);
  }
}

void AppendBuckets(std::string& out, const ViewContext& context) {
  const Comparison& comparison = context.comparison;
  for (const compare::BucketComparison& bucket : comparison.buckets) {
    if (bucket.verdict == compare::BucketVerdict::kSame) continue;
    out += "bucket " + Printable(bucket.name) + ": ";
    if (bucket.verdict == compare::BucketVerdict::kBenign) {
      std::vector<std::string> reasons;
      for (const compare::RowDifference& row : bucket.differences) {
        const std::string reason = compare::InnocenceName(row.innocence);
        if (std::ranges::find(reasons, reason) == reasons.end()) reasons.push_back(reason);
      }
      out += Counted(bucket.rows_differing, "innocent difference", "innocent differences") + " (";
      for (const std::string& reason : reasons) {
        out += (&reason == &reasons.front() ? "" : ", ") + reason;
      }
      out += ")\n";
      continue;
    }
    out += "DIFFERENT in " + Counted(bucket.rows_guilty, "row", "rows");
    if (!bucket.minority.empty()) {
      out += "; alone: " + NamesOf(bucket.minority, comparison);
    }
    out += "; first " + Quoted(bucket.differences.front().key) + "\n";
  }
}

void AppendLogs(std::string& out, const ViewContext& context) {
  const Comparison& comparison = context.comparison;
  const compare::LogComparison& logs = comparison.logs;
  if (logs.verdict == LogVerdict::kNotCompared) return;
  const std::string range =
      std::to_string(logs.index_first) + ".." + std::to_string(logs.index_last);
  if (logs.verdict == LogVerdict::kSame) {
    out += "raft logs   " + range + ", the same where members have both\n";
    return;
  }
  const compare::LogConflict& conflict =
      logs.first_broken_promise ? *logs.first_broken_promise : *logs.first_conflict;
  out += "raft logs   part at index " + std::to_string(conflict.index) + ": ";
  if (conflict.committed) {
    out += "COMMITTED entries differ, which raft promises never to happen\n";
  } else if (conflict.same_term) {
    out += "entries of ONE TERM differ, which raft promises never to happen\n";
  } else {
    out += "entries that were never committed, which is ordinary\n";
  }
  for (size_t i = 0; i < logs.pictures.size(); ++i) {
    const compare::LogPicture& picture = logs.pictures[i];
    if (picture.live.empty()) continue;
    out += "  " + NamesOf({i}, comparison) + "  term:index" + RunsText(picture.live) +
           ", committed " + std::to_string(picture.committed) + "\n";
  }
}

}  // namespace

std::string NamesOf(const std::vector<size_t>& members, const Comparison& comparison) {
  std::string text;
  for (const size_t member : members) {
    if (!text.empty()) text += " ";
    text += Printable(comparison.compared[member]->name);
  }
  return text;
}

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

void AppendStory(std::string& out, const ViewContext& context) {
  const Comparison& comparison = context.comparison;
  out += "\n";
  AppendKeys(out, context);
  AppendBuckets(out, context);
  AppendLogs(out, context);
  if (comparison.verdict == Verdict::kUndecidable) {
    out += "cannot tell whether the members agree: " + Printable(comparison.reason) + "\n";
  }
}

}  // namespace etcdf::hashcheck
