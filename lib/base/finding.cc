#include "base/finding.h"

#include <algorithm>

#include "base/escape.h"

namespace etcdf {

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kNote: return "note";
    case Severity::kSuspect: return "suspect";
    case Severity::kDamage: return "damage";
  }
  return "damage";
}

std::string FindingText(const Finding& finding) {
  std::string text(SeverityName(finding.kind.severity));
  text += ' ';
  text += finding.kind.id;
  text += ": ";
  text += Printable(finding.file);
  if (finding.offset) text += " at " + std::to_string(*finding.offset);
  if (finding.length) text += " (" + std::to_string(*finding.length) + " bytes)";
  text += ": " + Printable(finding.what);
  if (!finding.consequence.empty()) text += "; " + Printable(finding.consequence);
  return text;
}

void FindingList::Report(Finding finding) {
  worst_ = std::max(worst_.value_or(Severity::kNote), finding.kind.severity);
  auto count = std::ranges::find(count_by_kind_, finding.kind.id,
                                 &std::pair<std::string_view, size_t>::first);
  if (count == count_by_kind_.end()) {
    count = count_by_kind_.insert(count_by_kind_.end(), {finding.kind.id, 0});
  }
  if (++count->second > kMaxPerKind) {
    ++suppressed_;
    return;
  }
  findings_.push_back(std::move(finding));
}

}  // namespace etcdf
