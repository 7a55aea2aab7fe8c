#include "hashcheck/views/best_member_words.h"

#include <algorithm>
#include <span>

#include "base/bytes.h"
#include "base/counted.h"
#include "base/escape.h"
#include "hashcheck/views/audit_words.h"
#include "hashcheck/views/forecast_words.h"
#include "restore/etcd_words.h"

namespace etcdf::hashcheck {
namespace {

using restore::BestMember;
using restore::Candidate;
using restore::Forecast;
using restore::LostEntries;
using restore::Matter;
using restore::Objection;
using restore::Remark;
using restore::Starts;
using restore::VersionText;
using restore::Weight;

// What the choice loses, in a few words.
std::string LossText(const Candidate& candidate) {
  if (candidate.lost) {
    return Counted(candidate.lost->count(), "committed entry is", "committed entries are") +
           " lost";
  }
  if (candidate.has_all_acknowledged) {
    return candidate.is_restored ? "nothing acknowledged since the restore is lost"
                                 : "nothing acknowledged is lost";
  }
  return "nothing is lost that is known here to be committed";
}

std::string BackupText(const restore::FromBackup& from) {
  std::string text = "the same as the backup " + Printable(from.backup->name) + " at revision " +
                     std::to_string(from.revision);
  if (from.entries_since == 0) return text + ", and nothing applied since";
  return text + ", and " + Counted(from.entries_since, "entry", "entries") + " since";
}

std::string WhyNone(const BestMember& best) {
  const bool is_foretold = std::ranges::any_of(
      best.candidates, [](const Candidate& candidate) { return candidate.forecast() != nullptr; });
  if (!is_foretold) return "there is no data directory to start from";
  return best.candidates.size() == 1 ? "etcd does not serve from it as it is"
                                     : "etcd serves from none as it is";
}

std::string Headline(const BestMember& best) {
  if (best.best.empty()) return "restore from none: " + WhyNone(best);
  const Candidate& first = best.candidates[best.best.front()];
  std::string text = first.objections.empty() && first.forecast()->worst() <= Weight::kWaits
                         ? "restore from "
                         : "with reservations, restore from ";
  for (const size_t ordinal : best.best) {
    if (ordinal != best.best.front()) text += ordinal == best.best.back() ? " or " : ", ";
    text += Printable(best.candidates[ordinal].member->name);
  }
  text += ": ";
  if (best.best.size() > 1) {
    text += best.same_state ? "the same state, " : "the same log, ";
  }
  if (first.from_backup) text += BackupText(*first.from_backup) + "; ";
  return text + LossText(first);
}

// The matter, and what to do about it.
std::string RemarkText(const Remark& remark) {
  std::string text = MatterText(remark);
  if (const std::string remedy = RemedyText(remark); !remedy.empty()) text += "; first " + remedy;
  return Printable(text);
}

// Of an etcd that ends.
std::string EndText(const Remark& remark, const apply::Version& version) {
  std::string text = Printable(MatterText(remark));
  const std::string says = restore::EtcdSays(remark, version);
  if (!says.empty()) text += "; it says \"" + says + "\"";
  text += " (" + std::string(restore::RuleOf(remark)) + ")";
  if (const std::string remedy = RemedyText(remark); !remedy.empty()) text += "; first " + remedy;
  return text;
}

// "etcd 3.5 starts from it", or the rule that stops it.
std::string ForecastText(const Forecast& forecast, const std::string& versions) {
  const std::string etcd = "etcd " + versions;
  const Remark* const gravest = forecast.gravest();
  switch (forecast.starts()) {
    case Starts::kYes: return etcd + " starts from it";
    case Starts::kYesBut: return etcd + " starts from it, but:";
    case Starts::kAloneOnly:
      return etcd + " starts from it alone, and not with the others: " +
             EndText(*gravest, forecast.version);
    case Starts::kNo: break;
  }
  // etcd starts there, as another member.
  if (gravest->matter == Matter::kNoLog) {
    return etcd + " starts, but not as this member: " + RemarkText(*gravest);
  }
  return etcd + " does not start from it: " + EndText(*gravest, forecast.version);
}

void AddRemarks(const Forecast& forecast, std::vector<std::string>& lines) {
  for (const Remark& remark : forecast.remarks) {
    if (remark.weight < Weight::kStopsWithOthers) lines.push_back(RemarkText(remark));
  }
}

// They are told in one line where the same matters decide.
bool SameForecast(const Forecast& a, const Forecast& b) {
  return a.starts() == b.starts() &&
         std::ranges::equal(a.remarks, b.remarks, {}, &Remark::matter, &Remark::matter);
}

// "3.5", "3.5 or 3.6", "3.4, 3.5 or 3.6".
std::string VersionsText(std::span<const Forecast> forecasts) {
  std::string text;
  for (const Forecast& forecast : forecasts) {
    if (&forecast != &forecasts.front()) text += &forecast == &forecasts.back() ? " or " : ", ";
    text += VersionText(forecast.version);
  }
  return text;
}

void AddForecasts(std::span<const Forecast> forecasts, std::vector<std::string>& lines) {
  while (!forecasts.empty()) {
    size_t alike = 1;
    while (alike < forecasts.size() && SameForecast(forecasts.front(), forecasts[alike])) ++alike;
    lines.push_back(ForecastText(forecasts.front(), VersionsText(forecasts.first(alike))));
    AddRemarks(forecasts.front(), lines);
    forecasts = forecasts.subspan(alike);
  }
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
  if (lost.index_first == lost.index_last) {
    text = "lacks entry " + std::to_string(lost.index_first) + ", which is committed";
  }
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
    AddForecasts(candidate.forecasts, lines);
  }
  if (own != nullptr || candidate.member->readable()) lines.push_back(StateText(candidate));
  if (candidate.from_backup) lines.push_back(BackupText(*candidate.from_backup));
  if (candidate.lost) lines.push_back(LostText(*candidate.lost));
  for (const Objection& objection : candidate.objections) {
    lines.push_back("against it: " + Printable(ObjectionText(objection)));
  }
  return lines;
}

// "13 committed entries, 21 to 33, which write 8 keys, from revision 15 on"
std::string LostInFull(const LostEntries& lost) {
  std::string text = Counted(lost.count(), "committed entry", "committed entries");
  if (lost.count() > 1) {
    text += ", " + std::to_string(lost.index_first) + " to " + std::to_string(lost.index_last);
  }
  if (lost.key_count) {
    text += lost.count() == 1 ? ", which writes " : ", which write ";
    text += Counted(*lost.key_count, "key", "keys");
  }
  if (lost.revision_first) {
    text += ", from revision " + std::to_string(*lost.revision_first) + " on";
  }
  return text;
}

std::vector<std::string> PlanTexts(const BestMember& best) {
  const restore::Plan plan = restore::MakePlan(best);
  std::vector<std::string> lines;
  for (const restore::Step& step : plan.steps) {
    lines.push_back(std::to_string(lines.size() + 1) + ". " + StepText(step, best));
  }
  if (!plan.from) {
    lines.emplace_back(
        "nothing here can be started or restored from: `dump-db salvage` reads what "
        "is left");
  } else if (const auto& lost = best.candidates[*plan.from].lost) {
    lines.push_back("lost: " + LostInFull(*lost));
  }
  return lines;
}

// What may be lost, of the one that is recommended.
std::string LossReason(const Candidate& candidate) {
  if (candidate.lost) {
    return "entries " + std::to_string(candidate.lost->index_first) + " to " +
           std::to_string(candidate.lost->index_last) + ", which were committed, are lost";
  }
  if (candidate.has_all_acknowledged) return LossText(candidate);
  return "nothing that is known to be committed, up to entry " + std::to_string(candidate.commit) +
         ", is lost; whether more was acknowledged, only the logs of a majority tell";
}

}  // namespace

std::string StepText(const restore::Step& step, const BestMember& best) {
  using restore::Deed;
  const std::string name = Printable(best.candidates[step.member].member->name);
  switch (step.deed) {
    case Deed::kCopyAll: return "copy every directory as it is, before anything is started";
    case Deed::kMend: return name + ": " + RemedyText(*step.remark);
    case Deed::kAskAgain: return "ask again, with the directory as it is then";
    case Deed::kStart: {
      std::string text = "start " + name + " with its files";
      if (step.voters < 2) return text;
      return text + ": " + std::to_string(step.count) + " of " + std::to_string(step.voters) +
             " voters" + (step.count == step.voters / 2 + 1 ? ", which is a majority" : "");
    }
    case Deed::kStartOthers:
      return "start " +
             (step.count == step.voters ? "the " : std::to_string(step.count) + " of the ") +
             Counted(step.voters, "voter whose directory is", "voters whose directories are") +
             " not here";
    case Deed::kStartAlone:
      return (step.is_last_resort ? "only if none of them is left: start " : "start ") + name +
             " alone with --force-new-cluster" +
             (step.is_last_resort ? ", and add the others anew" : "");
    case Deed::kRestore:
      return "make the directories of all members anew: `etcdutl snapshot restore" +
             std::string(best.candidates[step.member].forecast() ? " --skip-hash-check " : " ") +
             Printable(best.candidates[step.member].member->database.path) + "`";
    case Deed::kJoinAnew:
      return name +
             ": `etcdctl member remove` and `member add`, then start it with an empty data "
             "directory";
  }
  return "";
}

std::string ObjectionText(const Objection& objection) {
  using Kind = Objection::Kind;
  constexpr std::string_view kNotAsLogged = "its database is not what its log says: ";
  switch (objection.kind) {
    case Kind::kNoDatabase: return "it has no database that can be read";
    case Kind::kOtherCluster: return "it belongs to another cluster than the first";
    case Kind::kAcrossRestore:
      return "a restore lies between it and " + objection.other->name + ", whose log is another";
    case Kind::kAnomalous: {
      const audit::Anomaly& first = objection.report->anomalies.front();
      return std::string(kNotAsLogged) +
             Counted(objection.report->anomalies.size(), "anomaly", "anomalies") +
             ", the first at entry " + std::to_string(first.index_first) + " (" +
             audit::AnomalyKindName(first.kind) + ")";
    }
    case Kind::kUnexplained: return std::string(kNotAsLogged) + ReasonText(*objection.report);
    case Kind::kStandsAlone: return "it stands alone against the others";
    case Kind::kDamaged: return "its files are damaged (" + std::string(objection.finding) + ")";
    case Kind::kSuspect: return "its files are suspect (" + std::string(objection.finding) + ")";
    case Kind::kDiffers:
      return "it differs from " + objection.other->name +
             ", and nothing tells which of the two is right";
  }
  return "";
}

std::vector<std::string> ReasonTexts(const BestMember& best) {
  if (best.best.empty()) return {WhyNone(best)};
  const Candidate& first = best.candidates[best.best.front()];
  const Forecast& forecast = *first.forecast();
  std::vector<std::string> reasons{"etcd " + VersionText(forecast.version) + " starts from it"};
  if (forecast.worst() > Weight::kNote) {
    reasons.back() += ", but " + MatterText(*forecast.gravest());
  }
  reasons.push_back(
      "its log ends with entry " + std::to_string(first.last_index) + " of term " +
      std::to_string(first.last_term) +
      (best.candidates.size() > 1 ? ", and none that can be used is more up to date" : ""));
  reasons.push_back(LossReason(first));
  if (!first.objections.empty()) {
    reasons.push_back("no better one is here, though " + ObjectionText(first.objections.front()));
  } else if (first.is_explained) {
    reasons.emplace_back("every stored revision is explained by its log");
  }
  return reasons;
}

std::string OriginText(const restore::Origin& origin) {
  using restore::OriginKind;
  std::string text;
  switch (origin.kind) {
    case OriginKind::kUnknown:
    case OriginKind::kBootstrap: return "";
    case OriginKind::kRestore: text = "begun by `snapshot restore`"; break;
    case OriginKind::kBumpedRestore:
      text = "begun by `snapshot restore --bump-revision`, from revision " +
             std::to_string(origin.bumped_from) + " up by " + std::to_string(origin.bumped_by);
      break;
    case OriginKind::kLeaderSnapshot: text = "begun with a snapshot from the leader"; break;
    case OriginKind::kForceNewCluster: text = "begun anew by --force-new-cluster"; break;
  }
  if (origin.revision) {
    const bool bumped = origin.kind == OriginKind::kBumpedRestore;
    text += (bumped ? ", to revision " : " at revision ") + std::to_string(*origin.revision);
  }
  if (origin.applied_since) {
    text += "; " + Counted(*origin.applied_since, "entry", "entries") + " applied since";
  }
  return text;
}

BestMemberStory TellBestMember(const BestMember& best,
                               const std::vector<restore::Origin>& origins) {
  BestMemberStory story{.headline = Headline(best)};
  for (size_t i = 0; i < best.candidates.size(); ++i) {
    const Candidate& candidate = best.candidates[i];
    std::vector<std::string> lines = LinesOf(candidate);
    if (std::string origin = OriginText(origins[i]); !origin.empty()) {
      lines.insert(lines.begin(), std::move(origin));
    }
    story.members.push_back(
        {.headline = Printable(candidate.member->name), .details = std::move(lines)});
  }
  story.plan = PlanTexts(best);
  return story;
}

}  // namespace etcdf::hashcheck
