#include "base/finding.h"

#include <algorithm>

#include "base/counted.h"
#include "base/escape.h"

namespace etcdf {
namespace {

bool AreSame(const Finding& a, const Finding& b) {
  return a.kind.id == b.kind.id && a.offset == b.offset && a.length == b.length &&
         a.file == b.file && a.what == b.what && a.consequence == b.consequence;
}

}  // namespace

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
  if (finding.length) text += " (" + Counted(*finding.length, "byte", "bytes") + ")";
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
  const auto said = [&](const Finding& kept) { return AreSame(kept, finding); };
  if (count->second < kMaxPerKind && std::ranges::any_of(findings_, said)) return;
  if (++count->second > kMaxPerKind) {
    ++suppressed_;
    return;
  }
  findings_.push_back(std::move(finding));
}

}  // namespace etcdf
