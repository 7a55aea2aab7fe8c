#include "cluster/across_restore.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "member/membership.h"
#include "member/restored.h"
#include "mvcc/schema.h"
#include "replay/replay.h"
#include "replay/revision_back.h"
#include "wal/log_head.h"

namespace etcdf::cluster {
namespace {

using wal::LogHead;

uint64_t AppliedBy(const Member& member) { return member.status.consistent_index.value_or(0); }

LogHead HeadOf(const Member& member) {
  return member.log ? wal::ReadLogHead(*member.log) : LogHead{};
}

bool HasMoreThanItsLog(const Member& member) {
  return member.has_database() && member.status.consistent_index &&
         member::HasMoreThanItsLog(
             {.applied = AppliedBy(member), .revision = member.status.revision});
}

// The term of the log's entry; nothing where it is not there.
std::optional<uint64_t> TermAt(const wal::Log& log, uint64_t index) {
  std::optional<uint64_t> term;
  if (index == 0) return term;
  replay::ForEachEntry(log, {.after = index - 1, .until = index}, [&](const wire::Entry& entry) {
    term = entry.term;
    return false;
  });
  return term;
}

// Whether the first entry with content that both logs have after `index` is another one in each:
// of one term, or committed in both.
bool PartAfter(const Member& a, const Member& b, uint64_t index) {
  constexpr size_t kEntriesMax = 256;
  const uint64_t first = std::max(
      {index + 1, a.log->summary().entries.index_first, b.log->summary().entries.index_first});
  const uint64_t committed = std::min(a.committed(), b.committed());
  const wal::IndexRange range{.after = first - 1, .until = first - 1 + kEntriesMax};
  std::map<uint64_t, std::pair<uint64_t, std::string>> of_a;  // term and data
  replay::ForEachEntry(*a.log, range, [&](const wire::Entry& entry) {
    of_a[entry.index] = {entry.term, std::string(AsText(entry.data))};
    return true;
  });
  bool part = false;
  replay::ForEachEntry(*b.log, range, [&](const wire::Entry& entry) {
    const auto other = of_a.find(entry.index);
    if (other == of_a.end()) return true;
    const auto& [term, data] = other->second;
    if (data.empty() && entry.data.empty()) return true;
    const bool is_one_place = term == entry.term || entry.index <= committed;
    part = is_one_place && (term != entry.term || data != AsText(entry.data));
    return false;
  });
  return part;
}

bool AreLogsApart(const Member& a, const Member& b) {
  const auto of_a = a.identity(), of_b = b.identity();
  if (of_a && of_b && of_a->cluster_id != of_b->cluster_id) return true;
  const LogHead head_a = HeadOf(a), head_b = HeadOf(b);
  if (!head_a.is_restore() && !head_b.is_restore()) return false;
  const LogHead& restored = head_a.is_restore() ? head_a : head_b;
  const LogHead& other = head_a.is_restore() ? head_b : head_a;
  if (other.kind == LogHead::Kind::kBootstrap) return true;
  if (other.is_restore() && other.additions != restored.additions) return true;
  return PartAfter(a, b, restored.additions);
}

// Within one log, more entries make no fewer revisions, and at most one each.
bool MayBeLater(const Member& later, const Member& than) {
  const uint64_t entries = AppliedBy(later) - AppliedBy(than);
  const int64_t revisions = later.status.CurrentRevision() - than.status.CurrentRevision();
  return revisions >= 0 && static_cast<uint64_t>(revisions) <= entries;
}

bool MayBeOfOneLog(const Member& a, const Member& b) {
  return AppliedBy(a) < AppliedBy(b) ? MayBeLater(b, a) : MayBeLater(a, b);
}

bool NamesMember(const Member& database, uint64_t node_id) {
  FindingList unheard;  // told when the member was opened
  const member::Membership members =
      member::ReadMemberBuckets(*database.database.database, database.database.path, unheard);
  return members.empty() || members.contains(node_id);
}

// Whether the two hold the same rows of the last revision of the one.
bool SharesLastRevision(const Member& earlier, const Member& later) {
  const auto own = earlier.database.database->Open(AsBytes(mvcc::kKeyBucket));
  const auto others = later.database.database->Open(AsBytes(mvcc::kKeyBucket));
  if (!own || !others) return false;
  FindingList unheard;
  const auto last = own->NewCursor(unheard);
  if (!last->Last()) return false;
  const auto there = others->NewCursor(unheard);
  return there->Seek(last->row().key) && Equal(there->row().key, last->row().key) &&
         Equal(there->row().value, last->row().value);
}

bool HasTermAt(const wal::Log& log, const Member& database) {
  const auto term = TermAt(log, AppliedBy(database));
  return term && (!database.status.term || *term == *database.status.term);
}

// Whether a database without a log is a state of the restored member, or of one that goes on from
// it.
bool IsOfRestored(const Member& restored, const Member& database) {
  const auto identity = restored.identity();
  if (identity && !NamesMember(database, identity->node_id)) return false;
  if (!restored.has_database()) return HasTermAt(*restored.log, database);
  const auto keys = restored.database.database->Open(AsBytes(mvcc::kKeyBucket));
  if (!keys || !MayBeOfOneLog(restored, database)) return false;
  const int64_t revision = database.status.CurrentRevision();
  const replay::AppliedRevision now{.applied = AppliedBy(restored),
                                    .revision = restored.status.CurrentRevision()};
  const uint64_t index = AppliedBy(database);
  if (index <= now.applied) {
    return HasTermAt(*restored.log, database) &&
           replay::RevisionAsOf(*restored.log, *keys, now, index) == revision;
  }
  const auto begun = replay::RevisionAsOf(*restored.log, *keys, now, HeadOf(restored).additions);
  if (!begun) return false;
  // A backup has the revision with which the restored member began.
  if (index <= restored.log->summary().entries.index_last) {
    return revision != *begun && HasTermAt(*restored.log, database);
  }
  return now.revision > *begun && SharesLastRevision(restored, database);
}

// Where the log tells nothing of a restore, and the database may have more than a log.
bool IsLogOf(const Member& logged, const Member& database) {
  if (!HasMoreThanItsLog(database)) return true;
  if (HeadOf(logged).kind == LogHead::Kind::kBootstrap) return false;
  return !logged.has_database() || MayBeOfOneLog(logged, database);
}

}  // namespace

bool IsRestored(const Member& member) {
  return HeadOf(member).is_restore() || HasMoreThanItsLog(member);
}

bool IsAcrossRestore(const Member& a, const Member& b) {
  if (&a == &b || (!IsRestored(a) && !IsRestored(b))) return false;
  if (a.log && b.log) return AreLogsApart(a, b);
  if (!a.log && !b.log) {
    if (!a.has_database() || !b.has_database()) return false;
    return IsRestored(a) != IsRestored(b) || !MayBeOfOneLog(a, b);
  }
  const Member& logged = a.log ? a : b;
  const Member& database = a.log ? b : a;
  if (!database.has_database()) return false;
  return HeadOf(logged).is_restore() ? !IsOfRestored(logged, database) : !IsLogOf(logged, database);
}

std::vector<Member*> OfOneLog(const Member& member, const std::vector<Member*>& members) {
  std::vector<Member*> of_one;
  std::ranges::copy_if(members, std::back_inserter(of_one),
                       [&](const Member* other) { return !IsAcrossRestore(member, *other); });
  return of_one;
}

}  // namespace etcdf::cluster
