#include "tests/reliability/cluster_answers.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>

#include "base/escape.h"
#include "json/json.h"
#include "mvcc/schema.h"
#include "testing/temp_dir.h"
#include "tests/reliability/tool_run.h"

namespace etcdf::reliability {
namespace {

constexpr std::string_view kPage = "page.html";
// By their number less one.
constexpr auto kAlarms = std::to_array<std::string_view>({"NOSPACE", "CORRUPT"});

std::vector<std::string_view> Split(std::string_view text, std::string_view at) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(at), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + at.size(), text.size()));
  }
  return parts;
}

bool Has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

// The members that `text` names: "m1" and the like as words of their own.
MemberSet NamedIn(std::string_view text, const ClusterCase& drawn) {
  MemberSet named;
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  for (size_t i = 0; i < drawn.members.size(); ++i) {
    const std::string& name = drawn.members[i].name;
    for (size_t at = text.find(name); at != text.npos; at = text.find(name, at + 1)) {
      const size_t end = at + name.size();
      const bool begins = at == 0 || !is_word(text[at - 1]);
      if (begins && (end == text.size() || !is_word(text[end]))) named.insert(i);
    }
  }
  return named;
}

class Judge {
 public:
  Judge(const ClusterCase& drawn, const Truth& truth) : drawn_(drawn), truth_(truth) {}

  Judged Run() {
    const ToolRun json = Ask("json", {});
    const auto document = json::Parse(json.out);
    if (document) {
      document_ = *document;
      ReadJson();
      CheckExit(json);
      CheckClasses();
      CheckMinority();
      CheckBuckets();
      CheckFirst();
      CheckLogs();
      CheckLag();
      CheckAlarmsOfMembers();
    } else {
      Wrong("json", "is none: " + json.err);
    }
    CheckText(Ask("text", {}), json);
    CheckTable(Ask("table", {}), json);
    CheckFields(Ask("fields", {}), json);
    CheckPage(Ask("html", {"--out", std::string(kPage)}), json);
    return std::move(judged_);
  }

 private:
  void Wrong(std::string_view form, const std::string& what) {
    judged_.wrong.push_back(std::string(form) + ": " + what);
  }

  ToolRun Ask(const std::string& format, const std::vector<std::string>& more) {
    Command command = {"hashcheck", "-w", format};
    command.insert(command.end(), drawn_.options.begin(), drawn_.options.end());
    command.insert(command.end(), more.begin(), more.end());
    for (const GivenMember& member : drawn_.members) {
      const GivenMember& files =
          member.same_file_as ? drawn_.members[*member.same_file_as] : member;
      command.push_back(member.name + "=" + files.Path());
    }
    ToolRun run = RunTool(command, uint64_t{256} << 20);
    ++judged_.runs;
    if (!run.fault.empty()) Wrong(format, run.fault);
    return run;
  }

  size_t NumberOf(std::string_view name) const {
    return static_cast<size_t>(std::ranges::find(drawn_.members, name, &GivenMember::name) -
                               drawn_.members.begin());
  }

  MemberSet Names(const json::Value& list) const {
    MemberSet members;
    for (const json::Value& name : list.items()) members.insert(NumberOf(name.Text().value_or("")));
    return members;
  }

  std::string Told(const MemberSet& members) const { return NamesOf(members, drawn_); }

  void ReadJson() {
    verdict_ = document_["verdict"].Text().value_or("");
    for (const json::Value& member : document_["members"].items()) {
      if (member["minority"].Bool().value_or(false)) {
        minority_.insert(NumberOf(member["name"].Text().value_or("")));
      }
    }
    for (const json::Value& cluster : document_["clusters"].items()) parts_.push_back(&cluster);
    if (parts_.empty()) parts_.push_back(&document_);
    alone_.push_back(minority_);
    for (const json::Value* const part : parts_) {
      alone_.push_back(Names((*part)["first_divergence"]["minority"]));
      for (const json::Value& bucket : (*part)["buckets"].items()) {
        alone_.push_back(Names(bucket["members"]));
      }
      for (const json::Value& difference : (*part)["divergences"].items()) {
        alone_.push_back(Names(difference["minority"]));
      }
    }
  }

  void CheckExit(const ToolRun& run) {
    if (!truth_.exit_codes.contains(run.exit_code)) {
      std::string codes;
      for (const int code : truth_.exit_codes) codes += " " + std::to_string(code);
      Wrong("exit status", std::to_string(run.exit_code) + ", verdict " + verdict_ + "; right is" +
                               codes + Reason());
    }
    // Where there is nothing that could be started, nothing can be chosen.
    const bool chose_none = drawn_.Asks("--best-member") && !truth_.has_dirs;
    const bool fits = (verdict_ == "consistent" && (run.exit_code < 2 || chose_none)) ||
                      (verdict_ == "diverged" && run.exit_code == 1) ||
                      (verdict_ == "undecidable" && run.exit_code > 0);
    if (!fits) Wrong("verdict", verdict_ + " beside exit status " + std::to_string(run.exit_code));
    const bool is_calm = verdict_ == "consistent";
    if (is_calm && !truth_.exit_codes.contains(0) && !truth_.exit_codes.contains(1)) {
      Wrong("verdict", "consistent, which cannot be known");
    }
    for (size_t a = 0; is_calm && a < drawn_.members.size(); ++a) {
      for (size_t b = a + 1; b < drawn_.members.size(); ++b) {
        if (truth_.Of(a, b) < Relation::kUnknown) continue;
        Wrong("verdict", "consistent beside " + Told({a, b}));
        return;
      }
    }
    const bool may_differ = Any(Relation::kDifferent) || Any(Relation::kPerhapsDifferent);
    if (verdict_ == "diverged" && !may_differ) Wrong("verdict", "diverged, and nothing differs");
    if (verdict_ != "diverged" && Any(Relation::kDifferent)) {
      Wrong("verdict", verdict_ + ", and members differ");
    }
  }

  std::string Reason() const {
    const std::string_view reason = document_["reason"].Text().value_or("");
    return reason.empty() ? "" : " (" + std::string(reason) + ")";
  }

  bool Any(Relation relation) const {
    return std::ranges::any_of(truth_.relations, [relation](const auto& of_member) {
      return std::ranges::find(of_member, relation) != of_member.end();
    });
  }

  // "classes" are a partition, and never is one of members that differ.
  void CheckClasses() {
    std::vector<size_t> class_of(drawn_.members.size(), SIZE_MAX);
    std::vector<json::Value> classes;
    for (const json::Value* const part : parts_) {
      const auto& own = (*part)["classes"].items();
      classes.insert(classes.end(), own.begin(), own.end());
    }
    for (size_t number = 0; number < classes.size(); ++number) {
      for (const size_t member : Names(classes[number])) {
        if (member >= class_of.size() || class_of[member] != SIZE_MAX) {
          Wrong("classes", "are no partition");
          return;
        }
        class_of[member] = number;
      }
    }
    for (size_t a = 0; a < class_of.size(); ++a) {
      if (class_of[a] == SIZE_MAX && !IsAlone(a)) Wrong("classes", Told({a}) + " is in none");
      for (size_t b = a + 1; b < class_of.size(); ++b) {
        const Relation relation = truth_.Of(a, b);
        const bool together = class_of[a] == class_of[b] && class_of[a] != SIZE_MAX;
        if (together && relation >= Relation::kDifferent) {
          Wrong("classes", Told({a, b}) + " are in one and differ");
        }
        if (!together && relation == Relation::kSame) {
          Wrong("classes", Told({a, b}) + " are in two and are in one state");
        }
      }
    }
  }

  // Whether it is compared with nobody.
  bool IsAlone(size_t member) const {
    return std::ranges::count(drawn_.members, drawn_.members[member].cluster,
                              &GivenMember::cluster) == 1;
  }

  void CheckMinority() {
    if (truth_.minority && minority_ != *truth_.minority) {
      Wrong("minority", Told(minority_) + ", and it is " + Told(*truth_.minority));
    }
    if (truth_.minority || minority_.empty()) return;
    MemberSet others;
    for (size_t i = 0; i < drawn_.members.size(); ++i) {
      if (!minority_.contains(i)) others.insert(i);
    }
    if (!truth_.CanBeMajority(others)) {
      Wrong("minority", Told(minority_) + " beside no majority, " + Told(others));
    }
    for (const size_t member : minority_) {
      const bool differs = std::ranges::any_of(others, [&](size_t other) {
        return truth_.Of(member, other) == Relation::kDifferent ||
               truth_.Of(member, other) == Relation::kPerhapsDifferent;
      });
      if (!differs) Wrong("minority", Told({member}) + " differs from nobody");
    }
  }

  // The first member's cluster, which is the one with what is planted.
  const json::Value& part() const { return *parts_.front(); }

  void CheckBuckets() {
    for (const json::Value& bucket : part()["buckets"].items()) {
      const std::string name(bucket["name"].Text().value_or(""));
      const std::string verdict(bucket["verdict"].Text().value_or(""));
      const std::string where = "bucket " + name;
      if (name == mvcc::kKeyBucket) {
        if (verdict == "different" && !KeysMayDiffer()) Wrong(where, "different, and it is not");
        if (verdict == "same" && truth_.keys_differ) Wrong(where, "the same, and it differs");
        continue;
      }
      const auto known = truth_.buckets.find(name);
      const BucketTruth of = known == truth_.buckets.end() ? BucketTruth() : known->second;
      if (verdict == "different" && !of.may_differ && !DelayedByAlarms())
        Wrong(where, "different, and it is not");
      if (verdict != "different" && of.must_differ) Wrong(where, verdict + ", and it differs");
      if (verdict == "same" && of.any_row_differs) Wrong(where, "the same, and rows differ");
      const MemberSet minority = Names(bucket["members"]);
      if (of.minority && minority != *of.minority) {
        Wrong(where, "minority " + Told(minority) + ", and it is " + Told(*of.minority));
      }
    }
    for (const auto& [name, of] : truth_.buckets) {
      if (of.must_differ && !FindBucket(name)) Wrong("bucket " + name, "is not there");
    }
  }

  // An alarm that is only in the database refuses what the member's log would have it apply: then
  // the member differs in more than what was planted, once it has come as far as the others.
  bool DelayedByAlarms() const {
    return std::ranges::any_of(drawn_.members, [](const GivenMember& member) {
      return member.applied < member.log.last &&
             std::ranges::any_of(member.table_edits, [](const TableEdit& edit) {
               return edit.bucket == mvcc::kAlarmBucket;
             });
    });
  }

  const json::Value* FindBucket(std::string_view name) const {
    for (const json::Value& bucket : part()["buckets"].items()) {
      if (bucket["name"].Text() == name) return &bucket;
    }
    return nullptr;
  }

  bool KeysMayDiffer() const {
    if (truth_.keys_differ || DelayedByAlarms()) return true;
    // Once logs are applied.
    return Any(Relation::kDifferent) &&
           std::ranges::any_of(drawn_.members,
                               [](const GivenMember& member) { return !member.key_edits.empty(); });
  }

  void CheckFirst() {
    const json::Value& first = part()["first_divergence"];
    const std::string_view bucket = first["bucket"].Text().value_or("");
    if (verdict_ == "diverged" && bucket.empty() && AllHaveRows()) {
      Wrong("first_divergence", "is not there");
    }
    if (!bucket.empty() && !Any(Relation::kDifferent) && !Any(Relation::kPerhapsDifferent)) {
      Wrong("first_divergence", "is there, and nothing differs");
    }
    if (!truth_.first) return;
    const mvcc::Revision revision = {.main = first["revision"]["main"].Signed().value_or(0),
                                     .sub = first["revision"]["sub"].Signed().value_or(0)};
    if (bucket != mvcc::kKeyBucket || revision != truth_.first->revision) {
      Wrong("first_divergence", std::string(bucket) + " " + mvcc::RevisionText(revision) +
                                    ", and it is at " + mvcc::RevisionText(truth_.first->revision));
      return;
    }
    const MemberSet minority = Names(first["minority"]);
    if (truth_.first->minority && minority != *truth_.first->minority) {
      Wrong("first_divergence",
            "minority " + Told(minority) + ", and it is " + Told(*truth_.first->minority));
    }
  }

  bool AllHaveRows() const {
    return std::ranges::all_of(drawn_.members,
                               [](const GivenMember& member) { return member.has_rows(); });
  }

  void CheckLogs() {
    const std::string_view verdict = part()["raft_log"]["verdict"].Text().value_or("");
    if (verdict == "different") Wrong("raft_log", "different, and they are not");
  }

  // A row that no entry explains is no lag.
  void CheckLag() {
    for (const json::Value& bucket : part()["buckets"].items()) {
      for (const json::Value& row : bucket["rows"].items()) {
        if (row["innocent"].kind() == json::Value::Kind::kNull) continue;
        const std::string_view key = row["key"].Text().value_or("");
        const std::string_view name = bucket["name"].Text().value_or("");
        const auto known = truth_.buckets.find(std::string(name));
        const bool is_planted =
            known != truth_.buckets.end() && known->second.must_differ &&
            std::ranges::any_of(drawn_.members, [&](const GivenMember& member) {
              return std::ranges::any_of(member.table_edits, [&](const TableEdit& edit) {
                return edit.bucket == name && edit.key == key;
              });
            });
        if (is_planted) {
          Wrong("bucket " + std::string(name),
                "innocent (" + std::string(row["innocent"].Text().value_or("")) + ") is " +
                    std::string(key));
        }
      }
    }
  }

  // "alarms" of each member, where all stand at one entry.
  void CheckAlarmsOfMembers() {
    for (const json::Value& member : document_["members"].items()) {
      const size_t number = NumberOf(member["name"].Text().value_or(""));
      const GivenMember& given = drawn_.members[number];
      if (!given.has_rows() || given.applied != given.log.last) continue;
      for (size_t kind = 0; kind < kAlarms.size(); ++kind) {
        const bool is_told = std::ranges::any_of(
            member["alarms"].items(),
            [&](const json::Value& alarm) { return Tells(alarm, kAlarms[kind]); });
        if (is_told != HasAlarm(given, kind)) {
          Wrong("json", given.name + (is_told ? " has" : " has not") + " alarm " +
                            std::string(kAlarms[kind]));
        }
      }
    }
  }

  static bool Tells(const json::Value& value, std::string_view text) {
    return value.Text() == text || std::ranges::any_of(value.items(), [text](const auto& item) {
             return item.Text() == text;
           });
  }

  static bool HasAlarm(const GivenMember& member, size_t kind) {
    const auto alarms = member.rows.find(mvcc::kAlarmBucket);
    return alarms != member.rows.end() &&
           std::ranges::any_of(alarms->second, [kind](const auto& row) {
             return row.first.ends_with(static_cast<char>(kind + 1));
           });
  }

  void CheckSameExit(std::string_view form, const ToolRun& run, const ToolRun& json) {
    if (run.exit_code != json.exit_code) {
      Wrong(form, "exit status " + std::to_string(run.exit_code) + ", and json's is " +
                      std::to_string(json.exit_code));
    }
  }

  // "<- alone" in the table of members.
  void CheckMarks(std::string_view form, std::string_view text) {
    MemberSet marked;
    for (const std::string_view line : Split(text, "\n")) {
      if (!Has(line, "<- alone")) continue;
      const MemberSet named = NamedIn(line.substr(0, line.find(' ')), drawn_);
      marked.insert(named.begin(), named.end());
    }
    if (marked != minority_) {
      Wrong(form, "<- alone: " + Told(marked) + ", and json's minority is " + Told(minority_));
    }
  }

  void CheckText(const ToolRun& run, const ToolRun& json) {
    CheckSameExit("text", run, json);
    CheckMarks("text", run.out);
    CheckSentences("text", run.out);
    std::string_view member;
    for (const std::string_view line : Split(run.out, "\n")) {
      if (line.starts_with("  m")) member = line.substr(2, line.find(' ', 2) - 2);
      if (Has(line, "against it: it stands alone") && !minority_.contains(NumberOf(member))) {
        Wrong("text", std::string(member) + " stands alone, and is no minority");
      }
    }
    CheckAlarms("text", run.out);
    CheckAlarms("json", json.out);
    CheckClusterIds("text", run.out);
    CheckClusterIds("json", json.out);
  }

  // Who stands alone, who are the same, from whom to restore.
  void CheckSentences(std::string_view form, std::string_view text) {
    for (const std::string_view line : Split(text, "\n")) {
      if (!Has(line, "<- alone") && !Has(line, "against it")) {
        for (const std::string_view sentence : Split(line, ". ")) CheckAlone(form, sentence);
      }
      CheckSame(form, line);
    }
    const bool may_agree = verdict_ == "consistent" || AnyClusterAgrees();
    if (Has(text, "The members agree") && !may_agree) {
      Wrong(form, "the members agree, and json says " + verdict_);
    }
    if (Has(text, "DIVERGED") && verdict_ != "diverged") {
      Wrong(form, "DIVERGED, and json says " + verdict_);
    }
  }

  // Of several, which are judged each by itself.
  bool AnyClusterAgrees() const {
    for (size_t a = 0; parts_.size() > 1 && a < drawn_.members.size(); ++a) {
      for (size_t b = 0; b < a; ++b) {
        if (truth_.Of(a, b) == Relation::kSame) return true;
      }
    }
    return false;
  }

  void CheckAlone(std::string_view form, std::string_view sentence) {
    for (const std::string_view part : Split(sentence, ";")) {
      const size_t stands = std::min(part.find("stands alone"), part.find("stand alone"));
      const size_t list = part.find("alone: ");
      if (stands == part.npos && list == part.npos) continue;
      if (Has(part, "nobody stands") || Has(part, "none stands")) continue;
      // "Of CLUSTER (its members): ... DIVERGED: m3 stands alone".
      const size_t colon = stands == part.npos ? part.npos : part.rfind(": ", stands);
      const size_t begin = colon == part.npos ? 0 : colon;
      const MemberSet named = NamedIn(
          stands != part.npos ? part.substr(begin, stands - begin) : part.substr(list), drawn_);
      if (std::ranges::find(alone_, named) != alone_.end() && !named.empty()) continue;
      Wrong(form, "alone: " + Told(named) + ", which is no minority of json's");
    }
  }

  void CheckSame(std::string_view form, std::string_view line) {
    const size_t restore = line.find("restore from ");
    if (restore != line.npos) {
      const std::string_view list = line.substr(restore, line.find(':', restore) - restore);
      const bool same = Has(line, "same state");
      CheckTogether(form, NamedIn(list, drawn_), same, "restore from");
    }
    const size_t all = line.find("the same on ");
    if (line.starts_with("keys") && all != line.npos) {
      MemberSet named = NamedIn(line.substr(all), drawn_);
      for (size_t i = 0; Has(line, "all members") && i < drawn_.members.size(); ++i) {
        named.insert(i);
      }
      for (const size_t a : named) {
        for (const size_t b : named) {
          if (a < b && truth_.keys_differ && KeysDiffer(a, b)) {
            Wrong(form, "keys the same on " + Told({a, b}) + ", and they differ");
          }
        }
      }
    }
  }

  // Whether that is all that differs between the two.
  bool KeysDiffer(size_t a, size_t b) const {
    return truth_.Of(a, b) == Relation::kDifferent && drawn_.members[a].table_edits.empty() &&
           drawn_.members[b].table_edits.empty() &&
           drawn_.members[a].applied == drawn_.members[b].applied;
  }

  void CheckTogether(std::string_view form, const MemberSet& named, bool same,
                     const std::string& words) {
    for (const size_t a : named) {
      for (const size_t b : named) {
        if (a >= b) continue;
        const bool one_file =
            drawn_.members[a].same_file_as == b || drawn_.members[b].same_file_as == a;
        if (drawn_.HasTwinForAnother() && !one_file && truth_.nodes[a] == truth_.nodes[b]) {
          Wrong(form, words + " " + Told({a, b}) + ", which are one node");
        }
        const Relation relation = truth_.Of(a, b);
        if (relation >= Relation::kDifferent || (same && relation > Relation::kPerhapsSame)) {
          Wrong(form, words + " " + Told(named) + (same ? ", the same state" : "") + ": " +
                          Told({a, b}) + " are not");
          return;
        }
      }
    }
    for (const size_t member : named) {
      if (truth_.minority && truth_.minority->contains(member) && MajorityHasDirs()) {
        Wrong(form, words + " " + Told({member}) + ", which is the minority");
      }
      const bool is_put_back = drawn_.HasOldCopy() && member == 0;
      if (is_put_back) Wrong(form, words + " " + Told({member}) + ", which was put back");
    }
  }

  // Whether there is a better choice than one of the minority.
  bool MajorityHasDirs() const {
    for (size_t i = 0; i < drawn_.members.size(); ++i) {
      if (!truth_.minority->contains(i) && drawn_.members[i].has_log()) return true;
    }
    return false;
  }

  // Of members on which nothing is left to be applied, or nothing was.
  void CheckAlarms(std::string_view form, std::string_view text) {
    for (size_t kind = 0; kind < kAlarms.size(); ++kind) {
      const bool is_active =
          std::ranges::any_of(drawn_.members, [this, kind](const GivenMember& member) {
            const bool goes_on = drawn_.Asks("--roll-forward") && member.applied < member.log.last;
            return member.has_rows() && !goes_on && HasAlarm(member, kind);
          });
      if (is_active && !Has(text, kAlarms[kind])) {
        Wrong(form, "does not tell of an alarm, " + std::string(kAlarms[kind]));
      }
    }
  }

  void CheckClusterIds(std::string_view form, std::string_view text) {
    if (drawn_.clusters.size() < 2) return;
    for (const GivenMember& member : drawn_.members) {
      const std::string id = HexId(drawn_.clusters[member.cluster].cluster_id);
      if (member.has_log() && !Has(text, id)) Wrong(form, "does not tell cluster id " + id);
    }
  }

  void CheckTable(const ToolRun& run, const ToolRun& json) {
    CheckSameExit("table", run, json);
    CheckMarks("table", run.out);
  }

  void CheckFields(const ToolRun& run, const ToolRun& json) {
    CheckSameExit("fields", run, json);
    if (!Has(run.out, "\"Verdict\" : \"" + verdict_ + "\"")) {
      Wrong("fields", "another verdict than json's " + verdict_);
    }
    for (const std::string_view line : Split(run.out, "\n")) {
      if (!line.starts_with("\"Minority\"")) continue;
      const MemberSet named = NamedIn(line.substr(line.find(':')), drawn_);
      if (std::ranges::find(alone_, named) == alone_.end()) {
        Wrong("fields", "minority " + Told(named) + " is not json's");
      }
    }
  }

  void CheckPage(const ToolRun& run, const ToolRun& json) {
    CheckSameExit("html", run, json);
    CheckSentences("html", run.out);
    const std::string page = testing::ReadFile(std::string(kPage));
    const std::string paragraph = "<p class=\"verdict " + verdict_ + "\">";
    const size_t sentence = page.find(paragraph);
    if (sentence == page.npos) {
      Wrong("html", "another verdict than json's " + verdict_);
    } else {
      const std::string_view rest = std::string_view(page).substr(sentence + paragraph.size());
      CheckSentences("page", rest.substr(0, rest.find("</p>")));
    }
    MemberSet marked;
    for (const std::string_view row : Split(page, "<tr class=\"alone\">")) {
      if (row.data() == page.data()) continue;
      const std::string_view head = row.substr(0, row.find("</th>"));
      const MemberSet named = NamedIn(head, drawn_);
      marked.insert(named.begin(), named.end());
    }
    if (marked != minority_) {
      Wrong("html", "alone: " + Told(marked) + ", and json's minority is " + Told(minority_));
    }
  }

  const ClusterCase& drawn_;
  const Truth& truth_;
  Judged judged_;
  json::Value document_;
  std::vector<const json::Value*> parts_;  // a comparison for each cluster
  std::string verdict_;
  MemberSet minority_;
  std::vector<MemberSet> alone_;  // every minority that json names
};

}  // namespace

Judged JudgeAnswers(const ClusterCase& drawn, const Truth& truth) {
  return Judge(drawn, truth).Run();
}

}  // namespace etcdf::reliability
