#include "replay/roll_forward.h"

#include <string>
#include <utility>

#include "apply/tables.h"
#include "mvcc/schema.h"
#include "mvcc/status.h"
#include "replay/auth_place.h"
#include "replay/load.h"
#include "replay/replay.h"

namespace etcdf::replay {
uint64_t ReachOf(const wal::Log& log, uint64_t applied) {
  uint64_t reach = applied;
  ForEachEntry(log, {.after = applied, .until = log.summary().index_trusted},
               [&reach](const wire::Entry& entry) {
                 if (entry.index != reach + 1) return false;
                 reach = entry.index;
                 return true;
               });
  return reach;
}

Result<void> CheckLeads(const wal::Log& log, uint64_t applied, uint64_t index) {
  const wal::LogSummary& summary = log.summary();
  const uint64_t reach = ReachOf(log, applied);
  if (reach >= index) return {};
  const std::string next = "entry " + std::to_string(reach + 1);
  if (summary.entries.index_last < index) {
    return Fail({.code = ErrorCode::kNotFound,
                 .what = "the log ends before it",
                 .subject = "index " + std::to_string(index)});
  }
  if (summary.entries.index_first > applied + 1) {
    return Fail(
        {.code = ErrorCode::kNotFound, .what = "the log begins behind it", .subject = next});
  }
  if (summary.index_trusted < index) {
    return Fail({.code = ErrorCode::kMalformed,
                 .what = "the log is damaged from here on",
                 .subject = next});
  }
  return Fail({.code = ErrorCode::kNotFound,
               .what = "it is missing from the log, and later ones need it",
               .subject = next});
}

namespace {

uint64_t AppliedBy(const mvcc::Store& database) {
  return mvcc::ReadStatus(database).consistent_index.value_or(0);
}

Error IsBeyond(uint64_t index) {
  return {.code = ErrorCode::kUsage,
          .what = "the database has applied more than that",
          .subject = "index " + std::to_string(index)};
}

Error IsOpen(uint64_t applied) {
  return {.code = ErrorCode::kUnsupported,
          .what = "the users and roles may be as of a later entry, and the log does not tell which",
          .subject = "entry " + std::to_string(applied)};
}

// As one that the log does not tell.
void MarkAuthRevision(apply::MemberStore& store) {
  const apply::TableRow* const row =
      store.tables().Find(apply::Table::kAuth, mvcc::kAuthRevisionName);
  if (row == nullptr) return;
  store.PutRow(apply::Table::kAuth, mvcc::kAuthRevisionName,
               {.value = row->value, .reproducible = false});
}

}  // namespace

Result<StateAt> RollForward(const mvcc::Store& database, const wal::Log& log, uint64_t index,
                            const apply::Rules& rules) {
  const mvcc::Status status = mvcc::ReadStatus(database);
  const uint64_t applied = status.consistent_index.value_or(0);
  if (applied > index) return Fail(IsBeyond(index));
  if (auto leads = CheckLeads(log, applied, index); !leads) return Fail(leads.error());
  StateAt state{.index = index, .store = std::make_unique<apply::MemberStore>(rules)};
  if (auto loaded = Load(database, std::nullopt, *state.store); !loaded) {
    return Fail(loaded.error());
  }
  const StoreDatabase::Origin origin{.database = database,
                                     .revision = state.store->keys().current_revision()};
  // A term is stored with the consistent index since 3.5, where all buckets are as of one entry.
  AuthPlace place{.index = applied};
  if (!status.term) {
    place = FindAuthPlace(status, log, index, *state.store);
    if (place.index > index) return Fail(IsBeyond(index));
    state.may_be_later = place.first_write > index && log.summary().entries.index_last > index;
  }
  bool any_auth = state.store->auth().enabled();
  ForEachEntry(log, {.after = place.index, .until = index}, [&](const wire::Entry& entry) {
    state.store->Apply(entry);
    state.store->Settle();
    any_auth = any_auth || state.store->auth().enabled();
    return true;
  });
  if (place.is_open) {
    if (any_auth) return Fail(IsOpen(applied));
    MarkAuthRevision(*state.store);
  }
  state.database = std::make_unique<StoreDatabase>(*state.store, &origin);
  return state;
}

Result<StateAt> ReplayFromStart(const mvcc::Store& database, const wal::Log& log, uint64_t index,
                                const apply::Rules& rules) {
  const mvcc::Status status = mvcc::ReadStatus(database);
  const uint64_t applied = status.consistent_index.value_or(0);
  if (applied < index) {
    return Fail({.code = ErrorCode::kUsage,
                 .what = "the database has applied less than that",
                 .subject = "index " + std::to_string(index)});
  }
  if (auto leads = CheckLeads(log, 0, applied); !leads) return Fail(leads.error());
  StateAt state{.index = index, .store = std::make_unique<apply::MemberStore>(rules)};
  apply::MemberStore& store = *state.store;
  apply::MemberStore::Mark mark = store.mark();
  ForEachEntry(log, {.after = 0, .until = applied}, [&](const wire::Entry& entry) {
    store.Apply(entry);
    if (entry.index > index) return true;
    store.Settle();
    mark = store.mark();
    return true;
  });
  if (store.keys().current_revision() != status.CurrentRevision()) {
    return Fail({.code = ErrorCode::kUnsupported,
                 .what = "the log does not explain the database, which is at another revision",
                 .subject = "entry " + std::to_string(applied) + " leads to revision " +
                            std::to_string(store.keys().current_revision())});
  }
  store.RollBack(mark);
  state.database = std::make_unique<StoreDatabase>(store);
  return state;
}

Result<StateAt> BringTo(const mvcc::Store& database, const wal::Log& log, uint64_t index,
                        const apply::Rules& rules) {
  return index < AppliedBy(database) ? ReplayFromStart(database, log, index, rules)
                                     : RollForward(database, log, index, rules);
}

}  // namespace etcdf::replay
