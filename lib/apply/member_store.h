// A member's store, in memory: committed entries are applied to it exactly as etcd applies them.
//
// What it serves: to tell which revision an entry wrote, whether a database is what its log says,
// and what a member's database would become if the rest of its log were applied.
//
// One can go back: mark() remembers a moment between two entries, RollBack() returns to it, at the
// cost of what happened in between. Settle() gives the memory of the past back.
//
// What etcd does at an entry follows from the entries before it and from the member's version
// (rules.h), with two exceptions. The proposer of a transaction may refuse it where nobody else
// does (Outcome::refused_by_proposer). And up to 3.5 the gates of alarms depend on when the member
// was last started (Restart).
//
// (etcd v3.6.9, server/etcdserver/server.go, applyEntryNormal, and server/etcdserver/apply/; up to
// 3.5 server/etcdserver/apply.go.)
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "apply/auth.h"
#include "apply/key_access.h"
#include "apply/key_requests.h"
#include "apply/key_store.h"
#include "apply/leases.h"
#include "apply/members.h"
#include "apply/refusal.h"
#include "apply/rules.h"
#include "apply/tables.h"
#include "raft/payload.h"
#include "wire/raft_records.h"

namespace etcdf::apply {

// What applying an entry did. `rows` is good until the store changes.
struct Outcome {
  // Why nothing was done. kNone does not mean that something was: reading changes nothing, nor does
  // deleting what is not there.
  Refusal refusal = Refusal::kNone;
  // What was written to bucket `key`, in order; all of one revision.
  std::span<const StoredRow> rows = {};
  bool compacted = false;       // the compaction was accepted
  bool changed_tables = false;  // a row of another bucket was written or removed
  // A transaction that changed this store, but not that of the member which proposed it.
  bool refused_by_proposer = false;
};

// The key of an alarm's row: AlarmMember with the member's id and AlarmType.
std::string AlarmKey(uint64_t member, uint64_t kind);

class MemberStore {
 public:
  // An empty store, as etcd makes it at its first start.
  explicit MemberStore(const Rules& rules, KeyStore::History history = KeyStore::History::kKept);
  MemberStore(const MemberStore&) = delete;
  MemberStore& operator=(const MemberStore&) = delete;

  // Applies the entry, and takes its index and term as those applied, whatever comes of it. The
  // entry's data must outlive the store. That the entry is the next one is the caller's to see to.
  Outcome Apply(const wire::Entry& entry);
  // The same for an entry of type kNormal that was decoded before.
  Outcome Apply(const wire::Entry& entry, const raft::Payload& payload);

  // Takes `rows` as what happened at the next revision, create revisions, versions and values as
  // they stand there.
  std::span<const StoredRow> Force(std::span<const StoredRow> rows);
  // Lets so many revisions pass without a row.
  void Shift(int64_t revisions) { keys_.Shift(revisions); }
  // Compacts up to the revision, if that is none of the future, by no entry.
  void Compact(int64_t revision);
  // The member starts again: the gates are those of the stored alarms.
  void Restart() { gates_ = GatesOfAlarms(); }

  // To fill a new store with what a database holds (replay/load.h), in this order: the rows of the
  // small buckets, then those of bucket `key`, ascending, then what they are the state of.
  void PutRow(Table table, std::string_view key, TableRow row) {
    tables_.Put(table, key, std::move(row));
  }
  void EraseRow(Table table, std::string_view key) { tables_.Erase(table, key); }
  // Takes it that the lease exists, whatever its TTL. A database tells only which leases there are
  // at its end, not which there were as of the revision from which a log is applied to it.
  void AssumeLease(int64_t id) { leases_.Assume(id); }
  // Auth as it was `changes` earlier (Auth::SetBack).
  void SetAuthBack(bool enabled, uint64_t changes) { auth_.SetBack(enabled, changes); }
  void RestoreKey(const StoredRow& row);
  struct Applied {
    int64_t revision = 1;
    int64_t compact_revision = -1;
    uint64_t index = 0;
    uint64_t term = 0;
  };
  void BeginAt(const Applied& applied);

  struct Gates {
    bool no_space = false;
    bool corrupt = false;
    bool skips_auth = false;
  };
  struct Mark {
    KeyStore::Mark keys;
    size_t tables = 0;
    uint64_t index = 0;
    uint64_t term = 0;
    Gates gates;
  };
  Mark mark() const;
  // The mark must be younger than the last Settle.
  void RollBack(const Mark& mark);
  // No mark so far will be gone back to. Cheap: may be called after every entry.
  void Settle();

  const Rules& rules() const { return rules_; }
  const KeyStore& keys() const { return keys_; }
  const Tables& tables() const { return tables_; }
  const Auth& auth() const { return auth_; }
  // Of the last entry applied.
  uint64_t index() const { return index_; }
  uint64_t term() const { return term_; }

  // Calls `visit` for each row of bucket `key`, as KeyStore::ForEachRow.
  void ForEachRow(const std::function<void(const StoredRow&)>& visit) const {
    keys_.ForEachRow(rules_.keeps_tombstone_at_compaction, visit);
  }

 private:
  Refusal ApplyConfChange(Bytes data);
  Refusal ApplyRequest(const raft::Payload& payload, Outcome& outcome);
  Refusal ApplyV2(raft::MessageView request);
  Refusal ApplyToCluster(uint32_t number, raft::MessageView request);
  Refusal ApplyToStore(uint32_t number, raft::MessageView request, Outcome& outcome);
  Refusal CheckGates(uint32_t number, raft::MessageView request) const;
  Refusal CheckAccess(uint32_t number, raft::MessageView request, const Requester& requester) const;
  Refusal Compact(raft::MessageView request, Outcome& outcome);
  Refusal ChangeAlarm(raft::MessageView request);
  bool HasAlarm(uint64_t kind) const;
  Gates GatesOfAlarms() const;

  Rules rules_;
  Tables tables_;
  KeyStore keys_;
  Leases leases_{tables_, keys_, rules_};
  Auth auth_{tables_, rules_};
  Members members_{tables_, rules_};
  KeyRequests requests_{keys_, leases_, rules_};
  KeyAccess access_{auth_, keys_, leases_, rules_};
  Gates gates_;
  uint64_t index_ = 0;
  uint64_t term_ = 0;
  raft::Payload payload_;
};

}  // namespace etcdf::apply
