#include <algorithm>

#include "hashcheck/views/html/page.h"
#include "hashcheck/views/words.h"
#include "output/html.h"

namespace etcdf::hashcheck {
namespace {

using compare::RevisionRange;

enum class Heat : uint8_t { kNone, kSame, kRenumbered, kDifferent };

const char* ClassOf(Heat heat) {
  switch (heat) {
    case Heat::kNone: return "none";
    case Heat::kSame: return "same";
    case Heat::kRenumbered: return "renumbered";
    case Heat::kDifferent: return "different";
  }
  return "";
}

std::string RangeText(const RevisionRange& range) {
  return std::to_string(range.first) + ".." + std::to_string(range.last);
}

// Whether a member counts differently from the others at the end of the range. Its own numbers are
// close enough to theirs for a picture.
bool IsShifted(size_t member, const RevisionRange& range,
               const compare::KeyHistoryComparison& history) {
  int64_t by = 0;
  for (const compare::Shift& shift : history.shifts) {
    if (shift.member == member && shift.from <= range.last) by += shift.by;
  }
  return by != 0;
}

Heat HeatOf(size_t member, const RevisionRange& range,
            const compare::KeyHistoryComparison& history) {
  if (range.members[member].different > 0) return Heat::kDifferent;
  if (range.rows == 0) return Heat::kNone;
  const bool renumbered =
      range.members[member].consequences > 0 || IsShifted(member, range, history);
  return renumbered ? Heat::kRenumbered : Heat::kSame;
}

// "1..14: 2 rows differ"
std::string CellText(size_t member, const RevisionRange& range, Heat heat) {
  const std::string at = RangeText(range) + ": ";
  switch (heat) {
    case Heat::kNone: return at + "no rows";
    case Heat::kSame: return at + "the same";
    case Heat::kRenumbered: return at + "the same but for the numbers";
    case Heat::kDifferent:
      return at + Counted(range.members[member].different, "row differs", "rows differ");
  }
  return "";
}

void AppendStrip(std::string& out, size_t member, const Group& comparison) {
  const std::vector<RevisionRange>& ranges = comparison.history.ranges;
  std::string cells, different;
  for (const RevisionRange& range : ranges) {
    const Heat heat = HeatOf(member, range, comparison.history);
    cells += R"(<i class=")" + std::string(ClassOf(heat)) + R"(" title=")";
    output::AppendHtml(cells, CellText(member, range, heat));
    cells += R"("></i>)";
    if (heat == Heat::kDifferent) different += " " + RangeText(range);
  }
  out += R"(<div class="strip">)";
  AppendElement(out, "span", comparison.compared[member]->name);
  out += "<div class=\"cells\" role=\"img\" style=\"grid-template-columns:repeat(" +
         std::to_string(ranges.size()) + ",1fr)\" aria-label=\"";
  output::AppendHtml(out, different.empty() ? "differs in no range" : "differs in" + different);
  out += "\">" + cells + "</div></div>\n";
}

void AppendLegend(std::string& out) {
  constexpr std::pair<Heat, const char*> kLegend[] = {
      {Heat::kSame, "the same"},
      {Heat::kRenumbered, "the same content under other numbers"},
      {Heat::kDifferent, "differs"}};
  out += R"(<div class="legend">)";
  for (const auto& [heat, text] : kLegend) {
    out +=
        R"(<span><span class="key"><i class=")" + std::string(ClassOf(heat)) + R"("></i></span>)";
    out += text;
    out += "</span> ";
  }
  out += "</div>\n";
}

}  // namespace

void AppendHeatMap(std::string& out, const ViewContext& context) {
  const Group& comparison = context.group();
  const std::vector<RevisionRange>& ranges = comparison.history.ranges;
  out += "<figure>\n";
  const bool compacted = comparison.window->compacted > 0;
  AppendElement(out, "figcaption",
                "Revisions " + std::to_string(ranges.front().first) + " to " +
                    std::to_string(ranges.back().last) + ", from left to right, by member" +
                    (compacted ? "; the first cell is what the compaction left" : ""));
  for (size_t i = 0; i < comparison.compared.size(); ++i) AppendStrip(out, i, comparison);
  out += R"(<div class="ends" aria-hidden="true">)";
  AppendElement(out, "span", std::to_string(ranges.front().first));
  out += ' ';
  AppendElement(out, "span", std::to_string(ranges.back().last));
  out += "</div>\n";
  AppendLegend(out);
  out += "</figure>\n";
}

}  // namespace etcdf::hashcheck
