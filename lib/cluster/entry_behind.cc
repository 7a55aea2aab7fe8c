#include "cluster/entry_behind.h"

#include <algorithm>

#include "apply/member_store.h"
#include "mvcc/key_history.h"
#include "mvcc/parallel_scan.h"
#include "raft/key_range.h"
#include "raft/payload.h"
#include "replay/replay.h"

namespace etcdf::cluster {
namespace {

bool Writes(const apply::Outcome& outcome, mvcc::Revision revision, Bytes key) {
  return std::ranges::any_of(outcome.rows, [&](const apply::StoredRow& row) {
    return row.revision == revision && Equal(row.key, key);
  });
}

std::optional<wire::Entry> FindByApplying(const Member& member, mvcc::Revision revision,
                                          Bytes key) {
  apply::MemberStore store(apply::LikelyRules(member.status), apply::KeyStore::History::kDropped);
  std::optional<wire::Entry> found;
  replay::ForEachEntry(*member.log, {}, [&](const wire::Entry& entry) {
    if (Writes(store.Apply(entry), revision, key)) found = entry;
    store.Settle();
    return store.keys().current_revision() < revision.main;
  });
  return found;
}

// Whether no other row of the member's database puts this key with this value.
bool IsTheOnlyPut(Member& member, const mvcc::KeyValue& row) {
  mvcc::UnheardFindings unheard;
  const mvcc::Store stored = member.Store();
  const mvcc::Store quiet{stored.database, stored.file, unheard, stored.limits};
  int puts = 0;
  mvcc::VisitHistory(quiet, row.key, [&](const mvcc::HistoryRow& other) {
    if (!other.row.at.tombstone && Equal(other.row.kv.value, row.value)) ++puts;
    return puts < 2;
  });
  return puts == 1;
}

enum class Deed : uint8_t { kNothing, kPutsTheRow, kMayPutTheKey };

Deed DeedOf(const wire::Entry& entry, const mvcc::KeyValue& row, raft::Payload& payload) {
  constexpr uint32_t kValue = 2;
  if (entry.type != wire::EntryType::kNormal) return Deed::kNothing;
  if (payload.Decode(entry.data) != raft::PayloadKind::kInternal) return Deed::kNothing;
  const bool leaves_alone = raft::VisitKeys(payload.message(), [&](const raft::KeyUse& use) {
    return use.message_name != "PutRequest" || !Equal(use.range.key, row.key);
  });
  if (leaves_alone) return Deed::kNothing;
  if (payload.request_name() != "put") return Deed::kMayPutTheKey;
  return Equal(payload.request().BytesOf(kValue), row.value) ? Deed::kPutsTheRow : Deed::kNothing;
}

// Of a log that has lost its beginning: the one entry that asks for what the row says. Nothing
// where another might have written it.
std::optional<wire::Entry> FindByContent(Member& member, const compare::RowSide& side) {
  if (side.at.tombstone || side.row.key.empty()) return std::nullopt;
  std::optional<wire::Entry> found;
  bool ambiguous = false;
  raft::Payload payload;
  replay::ForEachEntry(*member.log, {}, [&](const wire::Entry& entry) {
    const Deed deed = DeedOf(entry, side.row, payload);
    ambiguous = deed == Deed::kMayPutTheKey || (deed == Deed::kPutsTheRow && found);
    if (deed == Deed::kPutsTheRow) found = entry;
    return !ambiguous;
  });
  if (!found || ambiguous || !IsTheOnlyPut(member, side.row)) return std::nullopt;
  return found;
}

}  // namespace

std::optional<wire::Entry> FindEntry(Member& member, mvcc::Revision revision,
                                     const compare::RowSide& side) {
  if (!member.log) return std::nullopt;
  if (member.log->summary().entries.index_first > 1) return FindByContent(member, side);
  return FindByApplying(member, revision, side.row.key);
}

}  // namespace etcdf::cluster
