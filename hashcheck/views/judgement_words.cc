#include "hashcheck/views/judgement_words.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/escape.h"
#include "hashcheck/views/words.h"

namespace etcdf::hashcheck {
namespace {

std::string NoWindowText(const Doubt& doubt) {
  std::string text = "no revision is on all members: " + Printable(doubt.a->name) + " ends at " +
                     std::to_string(doubt.revision);
  if (doubt.b == nullptr) return text;
  return text + ", and " + Printable(doubt.b->name) + " has compacted up to " +
         std::to_string(doubt.compacted);
}

std::string RowDoubtText(const Doubt& doubt, const std::string& two) {
  std::string text = "row " + RowKeyText(doubt.bucket, AsBytes(doubt.key)) + " of bucket " +
                     Printable(doubt.bucket) + " differs between " + two;
  if (doubt.kind == DoubtKind::kSalt) {
    return text + ", and it is not known if each member made its own hash of the password";
  }
  return text + ", and no log at hand tells if lag explains it: give the data directories";
}

}  // namespace

std::string NamesIn(const std::vector<size_t>& places, const std::vector<Member*>& members) {
  std::string text;
  for (const size_t place : places) {
    if (!text.empty()) text += " ";
    text += Printable(members[place]->name);
  }
  return text;
}

std::string DoubtText(const Doubt& doubt, const Comparison& comparison) {
  const std::string a = doubt.a == nullptr ? "" : Printable(doubt.a->name);
  const std::string two = doubt.b == nullptr ? a : a + " and " + Printable(doubt.b->name);
  switch (doubt.kind) {
    case DoubtKind::kUnreadable: return a + " cannot be read";
    case DoubtKind::kNothingLeft: return a + " cannot be read: nothing is left to compare";
    case DoubtKind::kStrangers: {
      std::string text = "the members belong to different clusters";
      for (const Group& group : comparison.groups) {
        text += (&group == &comparison.groups.front() ? ": " : "; ") + ClusterText(group);
      }
      return text;
    }
    case DoubtKind::kSameMember: return two + " are one and the same member";
    case DoubtKind::kSameFile: return two + " are one and the same file";
    case DoubtKind::kNoWindow: return NoWindowText(doubt);
    case DoubtKind::kNoBucket:
      return a + " has no bucket " + Printable(doubt.bucket) +
             " that can be read, so what it says is not known";
    case DoubtKind::kMute: return Printable(doubt.a->mute->Message());
    case DoubtKind::kHashes: return "the members' HashKV are of different compact revisions";
    case DoubtKind::kState:
      return "the state at revision " + std::to_string(doubt.revision) +
             ", which a compaction left, cannot be compared between " + two;
    case DoubtKind::kBucketSum:
      return "bucket " + Printable(doubt.bucket) + " differs between " + two +
             ", and sums do not tell whether innocently";
    case DoubtKind::kRow:
    case DoubtKind::kSalt: return RowDoubtText(doubt, two);
  }
  return "";
}

std::string ClassesText(const Group& group) {
  const cluster::Partition& classes = group.classes;
  if (group.members.size() < 3 || !group.states.AnyDifferent()) return {};
  std::string text;
  for (const std::vector<size_t>& members : classes.classes) {
    if (!text.empty()) text += ", ";
    text += NamesIn(members, group.members);
    if (&members != &classes.classes.front() || !classes.has_majority) continue;
    std::set<size_t> nodes;
    for (const size_t member : members) nodes.insert(group.nodes.Of(member));
    nodes.erase(compare::Nodes::kNoVote);
    text += " (the majority: " + std::to_string(nodes.size()) + " of " +
            Counted(group.nodes.count(), "node", "nodes") + ")";
  }
  if (!classes.has_majority) {
    text += "; no majority: no class has more than half of " +
            Counted(group.nodes.count(), "node", "nodes");
  }
  if (classes.unplaced.empty()) return text;
  return text +
         "; not known to differ from the others: " + NamesIn(classes.unplaced, group.members);
}

std::vector<std::string> BeyondTexts(const Group& group) {
  std::set<uint64_t> steps;
  for (const Member* member : group.members) steps.insert(group.RevisionsAhead(*member));
  std::vector<std::string> texts;
  uint64_t before = 0;
  for (const uint64_t step : steps) {
    if (step == 0) continue;
    std::vector<size_t> who;
    bool by_rows = true;
    for (size_t i = 0; i < group.members.size(); ++i) {
      if (group.RevisionsAhead(*group.members[i]) < step) continue;
      who.push_back(i);
      by_rows = by_rows && group.members[i]->has_database();
    }
    const auto base = static_cast<uint64_t>(group.window->until);
    const std::string first = std::to_string(base + before + 1);
    std::string text = first;
    if (step > before + 1) text += ".." + std::to_string(base + step);
    text += " (" + Counted(step - before, "revision", "revisions") + ") on " +
            NamesIn(who, group.members) + " only, ";
    const bool led_on =
        std::ranges::any_of(group.ahead, [](const auto& state) { return state.has_value(); });
    text += led_on                      ? "compared as far as the logs of the others lead"
            : who.size() > 1 && by_rows ? "compared there"
                                        : "not compared";
    texts.push_back(std::move(text));
    before = step;
  }
  return texts;
}

std::vector<std::string> AlarmTexts(const std::vector<std::unique_ptr<Member>>& members) {
  std::map<std::pair<std::string, uint64_t>, std::string> who;
  for (const auto& member : members) {
    if (!member->has_database()) continue;
    for (const cluster::Alarm& alarm : member->alarms) {
      who[{cluster::AlarmName(alarm.kind), alarm.member_id}] += " " + Printable(member->name);
    }
  }
  std::vector<std::string> texts;
  for (const auto& [alarm, names] : who) {
    texts.push_back(alarm.first + ", raised by " + HexId(alarm.second) + ", on" + names);
  }
  return texts;
}

std::string ClusterText(const Group& group) {
  std::vector<size_t> all;
  for (size_t i = 0; i < group.members.size(); ++i) all.push_back(i);
  return (group.cluster_id ? HexId(*group.cluster_id) : "unknown") + " (" +
         NamesIn(all, group.members) + ")";
}

}  // namespace etcdf::hashcheck
