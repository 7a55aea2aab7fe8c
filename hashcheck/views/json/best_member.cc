#include "hashcheck/views/best_member_words.h"
#include "hashcheck/views/forecast_words.h"
#include "hashcheck/views/json/json.h"
#include "restore/etcd_words.h"

namespace etcdf::hashcheck {
namespace {

using restore::Weight;

const char* WeightName(Weight weight) {
  switch (weight) {
    case Weight::kNote: return "note";
    case Weight::kWaits: return "waits";
    case Weight::kHarms: return "harms";
    case Weight::kStopsWithOthers: return "stops_with_others";
    case Weight::kStops: return "stops";
  }
  return "";
}

void WriteTexts(output::JsonWriter& json, const char* name, const std::vector<std::string>& texts) {
  json.Name(name);
  json.BeginArray();
  for (const std::string& text : texts) json.Text(text);
  json.EndArray();
}

void WriteRemark(output::JsonWriter& json, const restore::Remark& remark,
                 const apply::Version& version) {
  json.BeginObject();
  json.Text("weight", WeightName(remark.weight));
  json.Text("matter", restore::MatterName(remark.matter));
  json.Text("what", MatterText(remark));
  const std::string says = restore::EtcdSays(remark, version);
  if (!says.empty()) json.Text("etcd_says", says);
  json.Text("rule", restore::RuleOf(remark));
  if (remark.remedy != restore::Remedy::kNone) {
    json.Text("remedy", restore::RemedyName(remark.remedy));
    json.Text("do_first", RemedyText(remark));
  }
  json.EndObject();
}

void WriteForecast(output::JsonWriter& json, const restore::Forecast& forecast) {
  json.BeginObject();
  json.Text("etcd", restore::VersionText(forecast.version));
  json.Text("starts", restore::StartsName(forecast.starts()));
  json.Name("remarks");
  json.BeginArray();
  for (const restore::Remark& remark : forecast.remarks) {
    WriteRemark(json, remark, forecast.version);
  }
  json.EndArray();
  json.EndObject();
}

void WriteCandidate(output::JsonWriter& json, const restore::Candidate& candidate) {
  json.BeginObject();
  json.Text("name", candidate.member->name);
  json.Name("start_up");
  json.BeginArray();
  for (const restore::Forecast& forecast : candidate.forecasts) WriteForecast(json, forecast);
  json.EndArray();
  json.Uint("last_term", candidate.last_term);
  json.Uint("last_index", candidate.last_index);
  json.Uint("consistent_index", candidate.applied);
  json.Int("revision", candidate.revision);
  if (candidate.revision_rolled) json.Int("revision_rolled_forward", *candidate.revision_rolled);
  json.Bool("has_all_acknowledged", candidate.has_all_acknowledged);
  if (candidate.from_backup) {
    json.Name("same_as_backup");
    json.BeginObject();
    json.Text("name", candidate.from_backup->backup->name);
    json.Int("revision", candidate.from_backup->revision);
    json.Uint("entries_since", candidate.from_backup->entries_since);
    json.EndObject();
  }
  if (candidate.lost) {
    json.Name("lost");
    json.BeginObject();
    json.Uint("first_index", candidate.lost->index_first);
    json.Uint("last_index", candidate.lost->index_last);
    if (candidate.lost->revision_first) json.Int("first_revision", *candidate.lost->revision_first);
    if (candidate.lost->key_count) json.Uint("key_count", *candidate.lost->key_count);
    json.Name("keys");
    json.BeginArray();
    for (const std::string& key : candidate.lost->keys) {
      json.BeginObject();
      json.Bytes("key", AsBytes(key));
      json.EndObject();
    }
    json.EndArray();
    json.Bool("more_keys", candidate.lost->more_keys);
    json.EndObject();
  }
  std::vector<std::string> objections;
  for (const restore::Objection& objection : candidate.objections) {
    objections.push_back(ObjectionText(objection));
  }
  WriteTexts(json, "objections", objections);
  json.EndObject();
}

void WritePlan(output::JsonWriter& json, const restore::BestMember& best) {
  const restore::Plan plan = restore::MakePlan(best);
  json.Name("plan");
  json.BeginObject();
  json.Name("from");
  if (plan.from) {
    json.Text(best.candidates[*plan.from].member->name);
  } else {
    json.Null();
  }
  json.Name("steps");
  json.BeginArray();
  for (const restore::Step& step : plan.steps) {
    json.BeginObject();
    json.Text("deed", restore::DeedName(step.deed));
    if (step.deed != restore::Deed::kCopyAll && step.deed != restore::Deed::kStartOthers) {
      json.Text("member", best.candidates[step.member].member->name);
    }
    if (step.remark) json.Text("remedy", restore::RemedyName(step.remark->remedy));
    json.Text("do", StepText(step, best));
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
}

}  // namespace

void WriteBestMember(output::JsonWriter& json, const ViewContext& context) {
  if (!context.best) return;
  const restore::BestMember& best = *context.best;
  json.Name("best_member");
  json.BeginObject();
  json.Name("name");
  if (best.best.empty()) {
    json.Null();
  } else {
    json.Text(best.candidates[best.best.front()].member->name);
  }
  json.Name("equal");
  json.BeginArray();
  for (const size_t ordinal : best.best) json.Text(best.candidates[ordinal].member->name);
  json.EndArray();
  WriteTexts(json, "reasons", ReasonTexts(best));
  json.Name("members");
  json.BeginArray();
  for (const restore::Candidate& candidate : best.candidates) WriteCandidate(json, candidate);
  json.EndArray();
  WritePlan(json, best);
  json.EndObject();
}

}  // namespace etcdf::hashcheck
