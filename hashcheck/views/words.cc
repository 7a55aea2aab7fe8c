#include "hashcheck/views/words.h"

#include <algorithm>
#include <numeric>

#include "base/bytes.h"
#include "base/escape.h"
#include "describe/entry.h"
#include "describe/value.h"
#include "hashcheck/views/judgement_words.h"
#include "hashcheck/views/sums_words.h"
#include "mvcc/schema.h"
#include "raft/payload.h"

namespace etcdf::hashcheck {
namespace {

using compare::DifferenceKind;
using compare::RevisionDifference;
using compare::RowSide;

bool SameRow(const RowSide& a, const RowSide& b) {
  return a.at.tombstone == b.at.tombstone && Equal(a.row.key, b.row.key) &&
         Equal(a.row.value, b.row.value) && a.row.lease == b.row.lease &&
         a.row.create_revision == b.row.create_revision && a.row.version == b.row.version;
}

// "m1", "m1 and m2", "m1, m2 and m3".
std::string Listed(const std::vector<size_t>& members, const Group& comparison) {
  std::string text;
  for (size_t i = 0; i < members.size(); ++i) {
    if (i > 0) text += i + 1 == members.size() ? " and " : ", ";
    text += Printable(comparison.compared[members[i]]->name);
  }
  return text;
}

std::vector<size_t> AllBut(const std::vector<size_t>& members, const std::vector<size_t>& all) {
  std::vector<size_t> others;
  for (const size_t i : all) {
    if (std::ranges::find(members, i) == members.end()) others.push_back(i);
  }
  return others;
}

std::vector<size_t> AllCompared(const Group& comparison) {
  std::vector<size_t> all(comparison.compared.size());
  std::iota(all.begin(), all.end(), size_t{0});
  return all;
}

// "m1 stands alone against m2 and m3"
std::string Alone(const std::vector<size_t>& minority, const std::vector<size_t>& among,
                  const Group& comparison) {
  return Listed(minority, comparison) + (minority.size() == 1 ? " stands" : " stand") +
         " alone against " + Listed(AllBut(minority, among), comparison);
}

// "it lacks a write of "k"": what the minority did at the first difference.
std::string Deed(const RevisionDifference& difference) {
  const bool one = difference.minority.size() == 1;
  const std::string has = one ? "it has " : "they have ";
  const std::string key = difference.sides.empty() ? "" : Quoted(difference.sides.front().row.key);
  switch (difference.kind) {
    case DifferenceKind::kMissing: return (one ? "it lacks" : "they lack") + (" a write of " + key);
    case DifferenceKind::kExtra: return has + "a write of " + key + " that the others lack";
    case DifferenceKind::kKey: return has + "written another key";
    case DifferenceKind::kValue: return has + "another value of " + key;
    case DifferenceKind::kLease: return has + key + " with another lease";
    case DifferenceKind::kMetadata: return has + key + " with another version or create revision";
  }
  return "";
}

std::string DivergenceOfKeys(const Group& comparison) {
  const RevisionDifference& first = *comparison.first;
  const std::string at = "from revision " + std::to_string(first.revision.main) + " on";
  if (first.minority.empty()) {
    const std::string text = at + " their keys are not the same, and ";
    if (comparison.compared.size() == 2)
      return text + "the databases alone cannot tell who is right";
    return text + "no majority agrees there";
  }
  const std::vector<size_t> among = first.members.empty() ? AllCompared(comparison) : first.members;
  return Alone(first.minority, among, comparison) + " " + at + ": there " + Deed(first);
}

// "m1 stands alone: "
std::string AloneInFront(const Group& comparison) {
  std::string names;
  for (const size_t member : comparison.classes.minority) {
    names += (names.empty() ? "" : " and ") + Printable(comparison.members[member]->name);
  }
  if (names.empty()) return {};
  return names + (comparison.classes.minority.size() == 1 ? " stands" : " stand") + " alone: ";
}

std::string DivergenceOf(const ViewContext& context) {
  const Group& comparison = context.group();
  if (comparison.first) return DivergenceOfKeys(comparison);
  if (comparison.keys.AnyDifferent()) return AloneInFront(comparison) + DivergenceOfSums(context);
  const auto bucket = std::ranges::find(comparison.buckets, compare::BucketVerdict::kDifferent,
                                        &compare::BucketComparison::verdict);
  if (bucket != comparison.buckets.end()) {
    std::string where = "bucket " + Printable(bucket->name) + " differs in " +
                        Counted(bucket->rows_guilty, "row", "rows");
    const std::vector<size_t>& minority = comparison.MinorityIn(*bucket);
    if (minority.empty()) return where;
    return where + ", and " + Alone(minority, AllCompared(comparison), comparison);
  }
  if (!comparison.logs.first_broken_promise) return DivergenceOfSums(context);
  const compare::LogConflict& conflict = *comparison.logs.first_broken_promise;
  return "their raft logs contradict each other at index " + std::to_string(conflict.index) +
         (conflict.committed ? ", in entries that were committed" : ", in entries of one term");
}

std::string AgreementOf(const Group& comparison) {
  if (comparison.logs.verdict == compare::LogVerdict::kDifferent) {
    return "The members agree: all that was applied is the same, and the raft logs differ only in "
           "entries that were never committed.";
  }
  return "The members agree: all that can be compared is the same.";
}

}  // namespace

std::string Quoted(Bytes bytes) {
  std::string text;
  AppendGoQuoted(text, bytes);
  return text;
}

std::string ValueText(Bytes value, const output::ValueFormat& values, size_t shown_bytes) {
  std::string text;
  const bool whole =
      value.size() <= shown_bytes || values.redact || values.style == output::ValueStyle::kSize;
  describe::AppendValue(text, whole ? value : value.first(shown_bytes), values,
                        [](std::string& out, Bytes bytes) { AppendGoQuoted(out, bytes); });
  return whole ? text : text + "... (" + std::to_string(value.size()) + " bytes)";
}

std::string RowText(bool tombstone, const mvcc::KeyValue& row, const output::ValueFormat& values,
                    size_t shown_bytes) {
  if (tombstone) return "delete " + Quoted(row.key);
  std::string text = "put " + Quoted(row.key);
  if (!describe::LeavesOut(values)) text += " = " + ValueText(row.value, values, shown_bytes);
  text += ", version " + std::to_string(row.version) + ", created at " +
          std::to_string(row.create_revision);
  if (row.lease != 0) text += ", lease " + HexId(static_cast<uint64_t>(row.lease));
  return text;
}

bool IsDecoded(const RowSide& side) {
  return !side.row.key.empty() || side.stored.empty() || side.row.mod_revision != 0;
}

std::string UndecodedText(const RowSide& side) {
  return "a row that cannot be decoded, " + Counted(side.stored.size(), "byte", "bytes");
}

std::string RowText(const RowSide& side, const output::ValueFormat& values, size_t shown_bytes) {
  if (!IsDecoded(side)) return UndecodedText(side);
  return RowText(side.at.tombstone, side.row, values, shown_bytes);
}

std::string NamesOf(const std::vector<size_t>& members, const Group& comparison) {
  std::string text;
  for (const size_t member : members) {
    if (!text.empty()) text += " ";
    text += Printable(comparison.compared[member]->name);
  }
  return text;
}

std::string WhoOf(const ViewContext& context) {
  const Group& comparison = context.group();
  if (comparison.compared.size() == context.members.size()) return "all members";
  return NamesOf(AllCompared(comparison), comparison);
}

std::vector<SideGroup> GroupSides(const RevisionDifference& difference, size_t member_count) {
  std::vector<SideGroup> groups;
  for (size_t i = 0; i < member_count; ++i) {
    const std::vector<size_t>& among = difference.members;
    if (!among.empty() && std::ranges::find(among, i) == among.end()) continue;
    const auto found = std::ranges::find(difference.sides, i, &RowSide::member);
    const RowSide* const side = found == difference.sides.end() ? nullptr : &*found;
    const auto group = std::ranges::find_if(groups, [side](const SideGroup& other) {
      if (side == nullptr || other.side == nullptr) return side == other.side;
      return SameRow(*side, *other.side);
    });
    if (group == groups.end()) {
      groups.push_back({.members = {i}, .side = side});
    } else {
      group->members.push_back(i);
    }
  }
  return groups;
}

std::string EntryText(const RevisionDifference& difference, const SideGroup& group,
                      const Group& comparison) {
  if (difference.revision != comparison.first->revision) return {};
  for (const size_t member : group.members) {
    const auto& entry = comparison.entries[member];
    if (!entry) continue;
    raft::Payload payload;
    payload.Decode(entry->data);
    return "entry " + std::to_string(entry->index) + ", term " + std::to_string(entry->term) +
           " (" + std::string(describe::KindOf({.entry = *entry, .payload = payload})) + ")";
  }
  return {};
}

std::string WindowText(const compare::Window& window) {
  if (window.compacted == window.until) {
    return "the state at revision " + std::to_string(window.until);
  }
  return std::to_string(window.compacted + 1) + ".." + std::to_string(window.until);
}

std::string CommonText(const Group& comparison) {
  return WindowText(*comparison.common()) +
         (comparison.window ? "" : " as the members' own logs lead on");
}

std::string SentenceOfGroup(const ViewContext& context) {
  const Group& group = context.group();
  switch (group.verdict) {
    case Verdict::kConsistent: return AgreementOf(group);
    case Verdict::kDiverged: return "The members have DIVERGED: " + DivergenceOf(context) + ".";
    case Verdict::kUndecidable:
      return "Cannot tell whether the members agree: " +
             DoubtText(*group.doubt, context.comparison) + ".";
  }
  return "";
}

std::string VerdictSentence(const ViewContext& context) {
  if (context.members.size() == 1) return "One member alone: nothing to compare it with.";
  if (!context.are_strangers()) return SentenceOfGroup(context);
  std::string text = "The members are strangers: " +
                     DoubtText({.kind = DoubtKind::kStrangers}, context.comparison) + ".";
  for (size_t i = 0; i < context.comparison.groups.size(); ++i) {
    const ViewContext of_group = context.For(i);
    if (of_group.group().members.size() < 2) continue;
    text += " Of " + ClusterText(of_group.group()) + ": " + SentenceOfGroup(of_group);
  }
  return text;
}

std::string ShiftText(const compare::Shift& shift, const Group& comparison) {
  const bool behind = shift.by > 0;
  const auto distance = static_cast<uint64_t>(behind ? shift.by : -shift.by);
  const std::string text = "from revision " + std::to_string(shift.from) + " on " +
                           NamesOf({shift.member}, comparison) + " is " +
                           Counted(distance, "revision", "revisions");
  if (comparison.compared.size() == 2) {  // either may be the one that is wrong
    return text + (behind ? " behind " : " ahead of ") + NamesOf({1 - shift.member}, comparison);
  }
  return text + (behind ? " behind" : " ahead of the others");
}

std::string ConsequencesText(uint64_t count) {
  return Counted(count, "later row differs", "later rows differ") +
         " in version or create revision alone, as a consequence";
}

std::string RowKeyText(std::string_view bucket, Bytes key) {
  if (bucket == mvcc::kLeaseBucket && key.size() == 8)
    return "lease " + HexId(LoadBe64(key.data()));
  return Quoted(key);
}

std::string BucketText(const compare::BucketComparison& bucket, const Group& comparison) {
  if (bucket.verdict == compare::BucketVerdict::kBenign) {
    std::vector<std::string> reasons;
    for (const compare::RowDifference& row : bucket.differences) {
      if (row.innocence == compare::Innocence::kNone) continue;
      const std::string reason = compare::InnocenceName(row.innocence);
      if (std::ranges::find(reasons, reason) == reasons.end()) reasons.push_back(reason);
    }
    std::string text =
        Counted(bucket.rows_differing, "innocent difference", "innocent differences") + " (";
    for (const std::string& reason : reasons) {
      text += (&reason == &reasons.front() ? "" : ", ") + reason;
    }
    return text + ")";
  }
  std::string text;
  if (bucket.verdict == compare::BucketVerdict::kNotCompared) {
    text = "cannot tell if " + Counted(bucket.rows_unknown, "row", "rows") +
           (bucket.rows_unknown == 1 ? " differs innocently" : " differ innocently");
  } else {
    text = "DIFFERENT in " + Counted(bucket.rows_guilty, "row", "rows");
  }
  const std::vector<size_t>& minority = comparison.MinorityIn(bucket);
  if (!minority.empty()) text += "; alone: " + NamesOf(minority, comparison);
  return text + "; first " + RowKeyText(bucket.name, bucket.differences.front().key);
}

const char* InnocenceText(compare::Innocence innocence) {
  using compare::Innocence;
  switch (innocence) {
    case Innocence::kNone: return "sound members do not differ so";
    case Innocence::kOwn: return "each member keeps its own";
    case Innocence::kCompaction: return "each member compacts when it comes to it";
    case Innocence::kLag: return "an entry that not all members have applied makes the difference";
    case Innocence::kBcryptSalt: return "each member salts the hash of a password";
    case Innocence::kRemainingTtl: return "the time that a lease has left, as last noted";
    case Innocence::kAttributes: return "etcd 3.5.1 to 3.5.19 does not store names and client URLs";
    case Innocence::kOrder: return "the same voters and learners in another order";
    case Innocence::kRestored: return "a restore writes its own";
  }
  return "";
}

std::string LogText(const compare::LogComparison& logs) {
  if (logs.verdict == compare::LogVerdict::kSame) {
    return std::to_string(logs.index_first) + ".." + std::to_string(logs.index_last) +
           ", the same where members have both";
  }
  const compare::LogConflict& conflict =
      logs.first_broken_promise ? *logs.first_broken_promise : *logs.first_conflict;
  const std::string text = "part at index " + std::to_string(conflict.index) + ": ";
  if (conflict.committed) {
    return text + "COMMITTED entries differ, which raft promises never to happen";
  }
  if (conflict.same_term) {
    return text + "entries of ONE TERM differ, which raft promises never to happen";
  }
  return text + "entries that were never committed, which is ordinary";
}

}  // namespace etcdf::hashcheck
