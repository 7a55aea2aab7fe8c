#include "hashcheck/entry_behind.h"

#include <algorithm>

#include "apply/member_store.h"
#include "apply/replay.h"
#include "describe/entry.h"
#include "raft/payload.h"

namespace etcdf::hashcheck {
namespace {

bool Writes(const apply::Outcome& outcome, mvcc::Revision revision, Bytes key) {
  return std::ranges::any_of(outcome.rows, [&](const apply::StoredRow& row) {
    return row.revision == revision && Equal(row.key, key);
  });
}

}  // namespace

std::optional<EntryBehind> FindEntry(const Member& member, mvcc::Revision revision, Bytes key) {
  if (!member.log || member.log->summary().entries.index_first > 1) return std::nullopt;
  apply::MemberStore store(apply::LikelyRules(member.status), apply::KeyStore::History::kDropped);
  std::optional<EntryBehind> found;
  raft::Payload payload;
  apply::ForEachEntry(*member.log, {}, [&](const wire::Entry& entry) {
    if (Writes(store.Apply(entry), revision, key)) {
      payload.Decode(entry.data);
      found = {.index = entry.index,
               .term = entry.term,
               .kind = std::string(describe::KindOf({.entry = entry, .payload = payload}))};
    }
    store.Settle();
    return store.keys().current_revision() < revision.main;
  });
  return found;
}

}  // namespace etcdf::hashcheck
