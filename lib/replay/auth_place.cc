#include "replay/auth_place.h"

#include <optional>

#include "apply/auth.h"
#include "raft/payload.h"
#include "replay/replay.h"
#include "replay/roll_forward.h"

namespace etcdf::replay {
namespace {

uint64_t AppliedBy(const mvcc::Status& status) { return status.consistent_index.value_or(0); }

// Where a store that is made of the log alone comes to the revision that is stored, before an entry
// writes keys. Nothing where the log does not begin early enough, or does not lead to the database.
std::optional<uint64_t> FindByLog(const mvcc::Status& status, const wal::Log& log, uint64_t until,
                                  const apply::Rules& rules) {
  const uint64_t applied = AppliedBy(status);
  if (!CheckLeads(log, 0, applied)) return std::nullopt;
  apply::MemberStore store(rules, apply::KeyStore::History::kDropped);
  ForEachEntry(log, {.after = 0, .until = applied}, [&store](const wire::Entry& entry) {
    store.Apply(entry);
    store.Settle();
    return true;
  });
  if (store.keys().current_revision() != status.CurrentRevision()) return std::nullopt;
  const auto is_there = [&] { return store.auth().revision() == status.auth_revision; };
  if (is_there()) return applied;
  std::optional<uint64_t> found;
  ForEachEntry(log, {.after = applied, .until = until}, [&](const wire::Entry& entry) {
    if (!store.Apply(entry).rows.empty()) return false;
    if (is_there()) found = entry.index;
    return !found;
  });
  return found;
}

}  // namespace

AuthPlace FindAuthPlace(const mvcc::Status& status, const wal::Log& log, uint64_t until,
                        apply::MemberStore& store) {
  AuthPlace place{.index = AppliedBy(status)};
  raft::Payload payload;
  bool any_changes = false;
  store.Settle();
  const apply::MemberStore::Mark mark = store.mark();
  ForEachEntry(log, {.after = place.index, .until = until}, [&](const wire::Entry& entry) {
    if (!store.Apply(entry).rows.empty()) {
      place.first_write = entry.index;
      return false;
    }
    any_changes = any_changes || (entry.type == wire::EntryType::kNormal &&
                                  payload.Decode(entry.data) == raft::PayloadKind::kInternal &&
                                  apply::Auth::NeedsAdmin(payload.request_number()));
    return true;
  });
  store.RollBack(mark);
  if (!any_changes) return place;
  // The database may have come further than `until`.
  const auto found = FindByLog(status, log, log.summary().entries.index_last, store.rules());
  if (found) {
    place.index = *found;
  } else {
    place.is_open = true;
  }
  return place;
}

}  // namespace etcdf::replay
