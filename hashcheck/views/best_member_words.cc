#include "hashcheck/views/best_member_words.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/escape.h"

namespace etcdf::hashcheck {
namespace {

using restore::Forecast;
using restore::Remark;
using restore::Weight;

// What the choice loses, in a few words.
std::string LossText(const Candidate& candidate) {
  if (candidate.lost) {
    const uint64_t count = candidate.lost->index_last - candidate.lost->index_first + 1;
    return Counted(count, "committed entry is", "committed entries are") + " lost";
  }
  if (candidate.has_all_acknowledged) return "nothing acknowledged is lost";
  return "nothing is lost that is known here to be committed";
}

std::string Headline(const BestMember& best) {
  if (best.best.empty()) return "restore from none: " + best.reasons.front();
  const Candidate& first = best.candidates[best.best.front()];
  std::string text = first.objections.empty() && first.forecast()->worst() == Weight::kNote
                         ? "restore from "
                         : "with reservations, restore from ";
  for (const size_t ordinal : best.best) {
    if (ordinal != best.best.front()) text += ordinal == best.best.back() ? " or " : ", ";
    text += Printable(best.candidates[ordinal].member->name);
  }
  text += ": ";
  if (best.best.size() > 1) {
    const bool same_state = std::ranges::all_of(best.best, [&](size_t ordinal) {
      const auto& revision = best.candidates[ordinal].revision_rolled;
      return revision && revision == first.revision_rolled;
    });
    text += same_state ? "the same state, " : "the same log, ";
  }
  return text + LossText(first);
}

// "etcd 3.5 starts from it", or the rule that stops it.
std::string ForecastText(const Forecast& forecast, const std::string& versions) {
  const std::string etcd = "etcd " + versions;
  if (forecast.starts()) return etcd + " starts from it";
  const Remark& remark = forecast.remarks.back();
  std::string text = etcd + " does not start from it: " + Printable(remark.what);
  if (!remark.etcd_says.empty()) text += "; it says \"" + remark.etcd_says + "\"";
  return text + " (" + remark.rule + ")";
}

std::string StateText(const Candidate& candidate) {
  std::string text = candidate.last_index == 0
                         ? "no log"
                         : "last entry " + std::to_string(candidate.last_index) + " of term " +
                               std::to_string(candidate.last_term);
  if (!candidate.member->readable()) return text + ", no database";
  text += ", applied " + std::to_string(candidate.applied) + ", revision " +
          std::to_string(candidate.revision);
  if (candidate.revision_rolled && *candidate.revision_rolled != candidate.revision) {
    text += ", which its log takes to " + std::to_string(*candidate.revision_rolled);
  }
  return text;
}

std::string LostText(const LostEntries& lost) {
  std::string text = "lacks entries " + std::to_string(lost.index_first) + " to " +
                     std::to_string(lost.index_last) + ", which are committed";
  for (const std::string& key : lost.keys) {
    text += (&key == &lost.keys.front() ? ": " : ", ") + Quoted(AsBytes(key));
  }
  return text + (lost.more_keys ? ", ..." : "");
}

std::vector<std::string> LinesOf(const Candidate& candidate) {
  std::vector<std::string> lines;
  const Forecast* const own = candidate.forecast();
  if (own == nullptr) {
    lines.push_back(candidate.member->readable()
                        ? "is no data directory: `etcdutl snapshot restore` makes one of a database"
                        : Printable(candidate.member->unreadable->Message()));
  } else {
    const Forecast& later = candidate.forecasts.back();
    const std::string version = VersionText(own->version);
    const std::string later_version = VersionText(later.version);
    if (&later == own) {
      lines.push_back(ForecastText(*own, version));
    } else if (later.starts() == own->starts()) {
      lines.push_back(ForecastText(*own, version + " or " + later_version));
    } else {
      lines.push_back(ForecastText(*own, version));
      lines.push_back(ForecastText(later, later_version));
    }
    for (const Remark& remark : own->remarks) {
      if (remark.weight != Weight::kStops) lines.push_back(Printable(remark.what));
    }
  }
  if (own != nullptr || candidate.member->readable()) lines.push_back(StateText(candidate));
  if (candidate.lost) lines.push_back(LostText(*candidate.lost));
  for (const std::string& objection : candidate.objections) {
    lines.push_back("against it: " + Printable(objection));
  }
  return lines;
}

}  // namespace

BestMemberStory TellBestMember(const BestMember& best) {
  BestMemberStory story{.headline = Headline(best)};
  for (const Candidate& candidate : best.candidates) {
    story.members.push_back(
        {.headline = Printable(candidate.member->name), .details = LinesOf(candidate)});
  }
  return story;
}

}  // namespace etcdf::hashcheck
