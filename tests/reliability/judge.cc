#include "tests/reliability/judge.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

namespace etcdf::reliability {
namespace {

using audit::Anomaly;
using audit::AnomalyKind;
using audit::AuditReport;

constexpr auto kJudgementNames =
    std::to_array<std::string_view>({"exact", "tie", "wrong", "invisible", "crash"});
static_assert(kJudgementNames.size() == kJudgements);

constexpr auto kEditNames =
    std::to_array<std::string_view>({"skip", "double", "unlogged", "change", "remove"});

// The names that the truth has. A row that is gone at the very end looks like an entry that was
// never applied, in every byte.
bool IsKindOf(Edit::What what, AnomalyKind kind) {
  const bool is_skip = kind == AnomalyKind::kSkipped || kind == AnomalyKind::kSkippedRange ||
                       kind == AnomalyKind::kNotAppliedTail;
  switch (what) {
    case Edit::What::kSkip: return is_skip;
    case Edit::What::kDouble: return kind == AnomalyKind::kAppliedTwice;
    case Edit::What::kUnlogged: return kind == AnomalyKind::kUnlogged;
    case Edit::What::kChangeValue:
      return kind == AnomalyKind::kRowAltered || kind == AnomalyKind::kAppliedDifferently;
    case Edit::What::kRemoveRow:
      return kind == AnomalyKind::kRowAbsent || kind == AnomalyKind::kAppliedDifferently ||
             kind == AnomalyKind::kNotAppliedTail;
  }
  return false;
}

enum class Match : uint8_t { kNone, kTie, kExact };

class Judging {
 public:
  Judging(const Member& member, const Harm& harm, const HarmedMember& harmed,
          std::span<const Anomaly> anomalies)
      : writing_(member.writing()), harm_(harm), harmed_(harmed), anomalies_(anomalies) {}

  // Each edit is named, and nothing that is none.
  Match Run() const {
    Match worst = anomalies_.size() == harm_.edits.size() ? Match::kExact : Match::kTie;
    for (size_t edit = 0; edit < harm_.edits.size(); ++edit) {
      Match best = Match::kNone;
      for (const Anomaly& anomaly : anomalies_) best = std::max(best, MatchOf(edit, anomaly));
      worst = std::min(worst, best);
    }
    for (const Anomaly& anomaly : anomalies_) {
      Match best = Match::kNone;
      for (size_t edit = 0; edit < harm_.edits.size(); ++edit) {
        best = std::max(best, MatchOf(edit, anomaly));
      }
      worst = std::min(worst, best);
    }
    return worst;
  }

 private:
  // How many entries that write keys are before the index. Entries that write none cannot be told
  // apart from the outside: they may belong to a range or not.
  size_t Place(uint64_t index) const {
    return static_cast<size_t>(std::ranges::lower_bound(writing_, index) - writing_.begin());
  }

  // What is named of another kind is as good as what is named first.
  Match MatchOf(size_t at, const Anomaly& anomaly) const {
    Match match = MatchOfFirst(at, anomaly);
    Anomaly other = anomaly;
    for (const AnomalyKind kind : anomaly.other_kinds) {
      other.kind = kind;
      match = std::max(match, MatchOfFirst(at, other));
    }
    return match;
  }

  Match MatchOfFirst(size_t at, const Anomaly& anomaly) const {
    const Edit::What what = harm_.edits[at].what;
    const Effect& effect = harmed_.effects[at];
    const Match otherwise = AreAlikeSurplus(effect, anomaly) ? Match::kTie : Match::kNone;
    if (what == Edit::What::kUnlogged) {
      return std::max(MatchOfUnlogged(effect, anomaly), otherwise);
    }
    if (!IsKindOf(what, anomaly.kind)) return otherwise;
    // All that came of it and nothing beyond it: what a second time wrote nothing, say, may be named
    // or not.
    const Edit& edit = harm_.edits[at];
    const size_t first = Place(anomaly.index_first), end = Place(anomaly.index_last + 1);
    const bool is_same = first <= Place(effect.index_first) &&
                         end >= Place(effect.index_last + 1) && first >= Place(edit.index_first) &&
                         end <= Place(edit.index_last + 1);
    if (is_same && anomaly.ties.empty()) return Match::kExact;
    const bool overlaps =
        anomaly.index_first <= effect.index_last && effect.index_first <= anomaly.index_last;
    return is_same || overlaps || Ties(anomaly, effect.index_first) ? Match::kTie : otherwise;
  }

  Match MatchOfUnlogged(const Effect& effect, const Anomaly& anomaly) const {
    if (anomaly.kind != AnomalyKind::kUnlogged) return Match::kNone;
    const auto place = [&](uint64_t index) { return index == 0 ? writing_.size() : Place(index); };
    if (place(effect.index_first) != place(anomaly.index_first)) return Match::kNone;
    return anomaly.ties.empty() ? Match::kExact : Match::kTie;
  }

  // Where the rows that were too many are compacted, all that can be told is that so many revisions
  // passed around there: by whatever wrote them.
  bool AreAlikeSurplus(const Effect& effect, const Anomaly& anomaly) const {
    const bool is_surplus = anomaly.kind == AnomalyKind::kUnlogged ||
                            anomaly.kind == AnomalyKind::kAppliedTwice ||
                            anomaly.kind == AnomalyKind::kExtraRevisions;
    if (!is_surplus || effect.revisions <= 0 || anomaly.revisions != effect.revisions) return false;
    if (Ties(anomaly, effect.index_first) || Ties(anomaly, effect.index_last + 1)) return true;
    const auto [first, last] = std::minmax(effect.revision.main, anomaly.revision);
    return !harmed_.HoldsAnyOf(first, last + effect.revisions - 1);
  }

  bool Ties(const Anomaly& anomaly, uint64_t index) const {
    return std::ranges::any_of(anomaly.ties,
                               [&](uint64_t tie) { return Place(tie) == Place(index); });
  }

  std::span<const uint64_t> writing_;
  const Harm& harm_;
  const HarmedMember& harmed_;
  std::span<const Anomaly> anomalies_;
};

// Whether one of two edits leaves no trace beside the other, and the audit names the other.
bool IsOneOfTwo(const Member& member, const Harm& harm, const HarmedMember& harmed,
                const AuditReport& report) {
  if (harm.edits.size() != 2) return false;
  return std::ranges::any_of(harm.edits, [&](const Edit& edit) {
    const Harm alone{.kind = harm.kind, .edits = {edit}};
    const HarmedMember by_it = DoHarm(member, alone);
    return SameKeys(by_it.database, harmed.database) &&
           Judging(member, alone, by_it, report.anomalies).Run() != Match::kNone;
  });
}

std::string RangeText(uint64_t first, uint64_t last) {
  return std::to_string(first) + (last == first ? "" : ".." + std::to_string(last));
}

}  // namespace

std::string_view JudgementName(Judgement judgement) {
  return kJudgementNames[static_cast<size_t>(judgement)];
}

Judgement Judge(const Member& member, const Harm& harm, const HarmedMember& harmed,
                const AuditReport& report) {
  if (!harmed.is_visible && report.verdict == audit::AuditVerdict::kExplained) {
    return Judgement::kInvisible;
  }
  if (report.verdict != audit::AuditVerdict::kAnomalous) return Judgement::kWrong;
  switch (Judging(member, harm, harmed, report.anomalies).Run()) {
    case Match::kExact: return Judgement::kExact;
    case Match::kTie: return Judgement::kTie;
    case Match::kNone: break;
  }
  return IsOneOfTwo(member, harm, harmed, report) ? Judgement::kInvisible : Judgement::kWrong;
}

std::string HarmText(const Harm& harm, const HarmedMember& harmed) {
  std::string text;
  for (size_t i = 0; i < harm.edits.size(); ++i) {
    if (i != 0) text += "; ";
    text += kEditNames[static_cast<size_t>(harm.edits[i].what)];
    const Effect& effect = harmed.effects[i];
    text += " " + RangeText(effect.index_first, effect.index_last);
    if (harm.edits[i].what == Edit::What::kUnlogged) text += ", key " + harm.edits[i].key;
    if (effect.revision.main == 0) continue;
    text += ", revision " + std::to_string(effect.revision.main);
    if (!harmed.Holds(effect.revision)) text += ", not stored";
  }
  return text;
}

std::string ReportText(const AuditReport& report) {
  std::string text = audit::AuditVerdictName(report.verdict);
  if (report.reason != audit::AuditReason::kNone) {
    text += std::string(" (") + audit::AuditReasonName(report.reason) + ")";
  }
  if (report.index_first != 1) text += " from entry " + std::to_string(report.index_first) + " on";
  const char* separator = ": ";
  for (const Anomaly& anomaly : report.anomalies) {
    text += std::exchange(separator, ", ");
    text += audit::AnomalyKindName(anomaly.kind);
    text += " " + RangeText(anomaly.index_first, anomaly.index_last);
    if (anomaly.ties.empty()) continue;
    text += " (ties";
    for (const uint64_t tie : anomaly.ties) text += " " + std::to_string(tie);
    for (const AnomalyKind kind : anomaly.other_kinds) {
      text += std::string(", ") + audit::AnomalyKindName(kind);
    }
    text += ")";
  }
  return text;
}

}  // namespace etcdf::reliability
