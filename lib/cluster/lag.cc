#include "cluster/lag.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "apply/rules.h"
#include "cluster/across_restore.h"
#include "compare/committed.h"
#include "mvcc/schema.h"
#include "raft/message.h"
#include "raft/payload.h"
#include "replay/replay.h"
#include "replay/roll_forward.h"
#include "wal/log_head.h"

namespace etcdf::cluster {
namespace {

using Answer = compare::LagWitness::Answer;

// Of a bucket that is none of etcd's, no entry writes a row.
bool IsWrittenByEntries(std::string_view bucket) {
  constexpr auto kBuckets = std::to_array<std::string_view>(
      {mvcc::kMetaBucket, mvcc::kLeaseBucket, mvcc::kAlarmBucket, mvcc::kAuthBucket,
       mvcc::kAuthUsersBucket, mvcc::kAuthRolesBucket, mvcc::kMembersBucket,
       mvcc::kMembersRemovedBucket, mvcc::kClusterBucket});
  return std::ranges::find(kBuckets, bucket) != kBuckets.end();
}

// The row without what the log does not tell, a user's password.
std::string WithoutPassword(Bytes value) {
  constexpr uint32_t kPassword = 2;
  raft::Message message;
  if (message.Parse(raft::UserSchema(), value) != raft::ParseVerdict::kAccepted) return {};
  const std::string_view password = AsText(message.root().BytesOf(kPassword));
  const std::string_view all = AsText(value);
  if (password.empty()) return std::string(all);
  const auto at = static_cast<size_t>(password.data() - all.data());
  // The field's key and length stand before it: a length below 128 has one byte.
  if (password.size() >= 128 || at < 2) return {};
  return std::string(all.substr(0, at - 2)) + std::string(all.substr(at + password.size()));
}

}  // namespace

Lag::Lag(std::span<Member* const> members)
    : members_(members.begin(), members.end()), across_restore_(members.size()) {
  for (const Member* member : members_) places_.push_back(PlaceOf(*member));
  for (size_t b = 0; b < members_.size(); ++b) {
    for (size_t a = 0; a < b; ++a) {
      if (IsAcrossRestore(*members_[a], *members_[b])) across_restore_.Add(a, b);
    }
  }
}

Lag::Place Lag::PlaceOf(const Member& member) const {
  Place place{.applied = member.status.consistent_index, .exact = !member.applied_is_least()};
  if (member.rolled) place.applied = std::max(*place.applied, member.rolled->state.index);
  place.most = place.applied.value_or(0);
  if (!place.exact) {
    place.most =
        member.log ? std::max(place.most, member.log->summary().entries.index_last) : UINT64_MAX;
  }
  return place;
}

bool Lag::RestoredBetween(size_t a, size_t b) { return across_restore_.Has(a, b); }

const ClusterCommit& Lag::CommitOf(size_t member) {
  const auto [found, is_new] = commits_.try_emplace(member);
  if (is_new) found->second = FindClusterCommit(OfOneLog(*members_[member], members_));
  return found->second;
}

uint64_t Lag::CommittedIn(size_t member) {
  const Member& one = *members_[member];
  uint64_t committed = one.committed();
  const ClusterCommit& of_all = CommitOf(member);
  if (of_all.witness != nullptr && of_all.witness->log) {
    committed = std::max(
        committed, std::min(of_all.index, compare::AgreeUntil(*of_all.witness->log, *one.log)));
  }
  return committed;
}

const Lag::Ahead& Lag::AheadOf(size_t member) {
  const auto [found, is_new] = ahead_.try_emplace(member);
  Ahead& ahead = found->second;
  if (!is_new || !places_[member].applied) return ahead;
  const uint64_t applied = *places_[member].applied;
  ahead.from = member;
  ahead.reach = applied;
  const wal::Log* best = nullptr;
  for (size_t i = 0; i < members_.size(); ++i) {
    if (!members_[i]->log || RestoredBetween(member, i)) continue;
    const uint64_t reach = std::min(replay::ReachOf(*members_[i]->log, applied), CommittedIn(i));
    if (reach <= ahead.reach) continue;
    ahead.reach = reach;
    best = &*members_[i]->log;
  }
  if (best != nullptr) {
    ahead.rows.emplace(members_[member]->Store(), apply::LikelyRules(members_[member]->status),
                       *best, wal::IndexRange{.after = applied, .until = ahead.reach});
  }
  return ahead;
}

// What the restored member's log adds to the backup. The members that a restore writes are its
// first entries.
const Lag::Ahead& Lag::SinceRestore(size_t backup, size_t restored) {
  const auto [found, is_new] = since_restore_.try_emplace({backup, restored});
  Ahead& ahead = found->second;
  if (!is_new) return ahead;
  const Member& member = *members_[restored];
  if (!member.log || !wal::ReadLogHead(*member.log).is_restore()) return ahead;
  ahead.from = backup;
  ahead.reach = std::min(replay::ReachOf(*member.log, 0), CommittedIn(restored));
  ahead.rows.emplace(members_[backup]->Store(), apply::LikelyRules(member.status), *member.log,
                     wal::IndexRange{.after = 0, .until = ahead.reach});
  return ahead;
}

// One of the two may be the backup that the other was restored from. If it is not, nothing is
// known.
Answer Lag::ExplainsRestored(std::string_view bucket, Bytes key, const Side& a, const Side& b) {
  for (const auto& [backup, restored] : {std::pair(&a, &b), std::pair(&b, &a)}) {
    if (members_[backup->member]->log) continue;
    const Ahead& since = SinceRestore(backup->member, restored->member);
    const Place& place = places_[restored->member];
    if (!since.rows || since.reach < *place.applied) continue;
    const uint64_t most = std::min(place.most, since.reach);
    if (Meets(since, bucket, key, *restored, *place.applied, most) == Match::kYes) {
      return Answer::kYes;
    }
  }
  return Answer::kUnknown;
}

bool Lag::ReachesBetween(size_t a, size_t b) {
  const auto& of_a = places_[a].applied;
  const auto& of_b = places_[b].applied;
  if (!of_a || !of_b) return false;
  if (!RestoredBetween(a, b)) {
    return *of_a == *of_b || AheadOf(*of_a < *of_b ? a : b).reach >= std::max(*of_a, *of_b);
  }
  if (!members_[a]->log && SinceRestore(a, b).reach >= *of_b) return true;
  return !members_[b]->log && SinceRestore(b, a).reach >= *of_a;
}

int64_t Lag::RevisionOf(size_t member) const { return members_[member]->status.CurrentRevision(); }

// The last entry that the member's small buckets may hold; UINT64_MAX: not known.
uint64_t Lag::MostOf(size_t member) {
  const Place& place = places_[member];
  if (place.exact) return place.most;
  const Ahead& ahead = AheadOf(member);
  const uint64_t next = ahead.rows ? ahead.rows->first_write() : UINT64_MAX;
  uint64_t most = next == UINT64_MAX ? place.most : std::min(place.most, next - 1);
  // What another has come to, and has more revisions, had keys written on the way.
  for (size_t i = 0; i < members_.size(); ++i) {
    const uint64_t applied = places_[i].applied.value_or(0);
    if (applied <= place.applied.value_or(0) || RestoredBetween(member, i)) continue;
    if (RevisionOf(i) > RevisionOf(member)) most = std::min(most, applied - 1);
  }
  return most;
}

// Whether the row becomes that of the side, as of an entry from `first` to `last`.
Lag::Match Lag::Meets(const Ahead& ahead, std::string_view bucket, Bytes key, const Side& side,
                      uint64_t first, uint64_t last) {
  const auto* const versions = ahead.rows ? ahead.rows->Of(bucket, key) : nullptr;
  if (versions == nullptr) return Match::kNo;  // it stays as it is, and that is another
  bool untold = false;
  for (size_t i = 0; i < versions->size(); ++i) {
    const auto& version = (*versions)[i];
    const uint64_t until = i + 1 < versions->size() ? (*versions)[i + 1].index - 1 : UINT64_MAX;
    if (version.index > last || until < first) continue;
    if (!version.row || !side.present) {
      if (version.row.has_value() == side.present) return Match::kYes;
      continue;
    }
    if (Equal(AsBytes(version.row->value), side.value)) return Match::kYes;
    const Side row{.member = ahead.from, .present = true, .value = AsBytes(version.row->value)};
    const Match salted =
        bucket == mvcc::kAuthUsersBucket ? MeetsButForSalt(key, row, side) : Match::kNo;
    if (salted == Match::kYes) return salted;
    untold = untold || salted == Match::kUntold;
    if (version.row->reproducible && bucket != mvcc::kLeaseBucket &&
        bucket != mvcc::kMembersBucket && bucket != mvcc::kClusterBucket &&
        bucket != mvcc::kMetaBucket) {
      continue;
    }
    // Both have the row, and the log does not tell all of it, or not for all versions of etcd.
    if (bucket == mvcc::kAuthUsersBucket &&
        WithoutPassword(AsBytes(version.row->value)) == WithoutPassword(side.value)) {
      return Match::kYes;
    }
    untold = true;
  }
  return untold ? Match::kUntold : Match::kNo;
}

// Whether two rows of a user are the same but for a password that each member hashed by itself.
Lag::Match Lag::MeetsButForSalt(Bytes user, const Side& a, const Side& b) {
  const std::string rest = WithoutPassword(a.value);
  if (rest.empty() || rest != WithoutPassword(b.value)) return Match::kNo;
  if (std::min(a.value.size(), b.value.size()) == rest.size()) {
    return IsWithoutHash(user, a, b) ? Match::kYes : Match::kNo;
  }
  switch (Salts(user)) {
    case Answer::kYes: return Match::kYes;
    case Answer::kUnknown: return Match::kUntold;
    case Answer::kNo: break;
  }
  return Match::kNo;
}

// Null if the member was not rolled forward.
const apply::TableRow* Lag::RowOfRolled(size_t member, apply::Table table, Bytes key) const {
  const auto& rolled = members_[member]->rolled;
  if (!rolled || !rolled->state.store) return nullptr;
  return rolled->state.store->tables().Find(table, AsText(key));
}

// Whether the row was made by applying entries of which it is not known if it held them before.
bool Lag::IsUntold(std::string_view bucket, Bytes key, const Side& side) const {
  if (bucket != mvcc::kAuthBucket) return false;
  const apply::TableRow* const row = RowOfRolled(side.member, apply::Table::kAuth, key);
  return row != nullptr && !row->reproducible;
}

// A user whom an entry of etcd 3.4 or older made has no hash on a member that was rolled forward.
bool Lag::IsWithoutHash(Bytes user, const Side& a, const Side& b) const {
  if (!a.present || !b.present) return false;
  const std::string rest = WithoutPassword(a.value);
  if (rest.empty() || rest != WithoutPassword(b.value)) return false;
  const auto lacks = [&](const Side& side) {
    const apply::TableRow* const row = RowOfRolled(side.member, apply::Table::kAuthUsers, user);
    return side.value.size() == rest.size() && row != nullptr && !row->reproducible;
  };
  return lacks(a) || lacks(b);
}

// Applying an entry for a second time counts the revision of users and roles on once more.
bool Lag::AuthRevisionsMeet(const Side& low, const Side& high, const Ahead& ahead) const {
  const auto a = mvcc::DecodeNumber(low.value);
  const auto b = mvcc::DecodeNumber(high.value);
  if (!a || !b || !ahead.rows) return false;
  return std::max(*a, *b) - std::min(*a, *b) <= ahead.rows->auth_changes();
}

Answer Lag::Explains(std::string_view bucket, Bytes key, const Side& a, const Side& b) {
  if (!IsWrittenByEntries(bucket)) return Answer::kNo;
  const Place& of_a = places_[a.member];
  const Place& of_b = places_[b.member];
  if (!of_a.applied || !of_b.applied) return Answer::kUnknown;
  if (RestoredBetween(a.member, b.member)) return ExplainsRestored(bucket, key, a, b);
  if (bucket == mvcc::kAuthUsersBucket && IsWithoutHash(key, a, b)) return Answer::kYes;
  if (IsUntold(bucket, key, a) || IsUntold(bucket, key, b)) return Answer::kUnknown;
  const bool swapped = *of_b.applied < *of_a.applied;
  const Side& low = swapped ? b : a;
  const Side& high = swapped ? a : b;
  const Place& below = places_[low.member];
  const Place& above = places_[high.member];
  const bool exact = below.exact && above.exact;
  if (exact && *below.applied == *above.applied) return Answer::kNo;

  const Ahead& from_low = AheadOf(low.member);
  if (from_low.reach < *above.applied) return Answer::kUnknown;
  const uint64_t above_most = std::min(MostOf(high.member), from_low.reach);
  const Match met = Meets(from_low, bucket, key, high, *above.applied, above_most);
  if (met == Match::kYes) return Answer::kYes;
  if (exact) return met == Match::kUntold ? Answer::kUnknown : Answer::kNo;

  const Ahead& from_high = AheadOf(high.member);
  if (Meets(from_high, bucket, key, low, *above.applied,
            std::min(MostOf(low.member), from_high.reach)) == Match::kYes) {
    return Answer::kYes;
  }
  if (bucket == mvcc::kAuthBucket && AsText(key) == mvcc::kAuthRevisionName &&
      AuthRevisionsMeet(low, high, from_low)) {
    return Answer::kYes;
  }
  // How far the small buckets have come is not known, so that what an entry writes may be there
  // or not yet.
  const uint64_t most = std::max(MostOf(low.member), MostOf(high.member));
  const auto touched = [&](const Ahead& ahead) {
    const auto* const versions = ahead.rows ? ahead.rows->Of(bucket, key) : nullptr;
    return versions != nullptr && versions->front().index <= most;
  };
  const bool bounded = most <= std::max(from_low.reach, from_high.reach);
  return bounded && !touched(from_low) && !touched(from_high) ? Answer::kNo : Answer::kUnknown;
}

void Lag::ReadPasswords() {
  hashed_in_log_.emplace();
  for (const Member* member : members_) {
    if (!member->log) continue;
    raft::Payload payload;
    replay::ForEachEntry(*member->log,
                         {.after = 0,
                          .until = CommittedIn(static_cast<size_t>(
                              std::ranges::find(members_, member) - members_.begin()))},
                         [&](const wire::Entry& entry) {
                           if (entry.type != wire::EntryType::kNormal) return true;
                           if (payload.Decode(entry.data) != raft::PayloadKind::kInternal) {
                             return true;
                           }
                           const bool adds = payload.request_name() == "auth_user_add";
                           if (!adds && payload.request_name() != "auth_user_change_password") {
                             return true;
                           }
                           // AuthUserAddRequest and AuthUserChangePasswordRequest.
                           const Bytes name = payload.request().BytesOf(1);
                           const Bytes hashed = payload.request().BytesOf(adds ? 4 : 3);
                           (*hashed_in_log_)[std::string(AsText(name))] = !hashed.empty();
                           return true;
                         });
  }
}

Answer Lag::Salts(Bytes user) {
  if (!hashed_in_log_) ReadPasswords();
  const auto told = hashed_in_log_->find(std::string(AsText(user)));
  if (told != hashed_in_log_->end()) return told->second ? Answer::kNo : Answer::kYes;
  Answer answer = Answer::kUnknown;
  for (const Member* member : members_) {
    const auto version =
        apply::ParseVersion(AsText(member->status.cluster_version.value_or(Bytes{})));
    if (version && *version < apply::Version{3, 5, 0}) return Answer::kYes;
    if (version || member->status.storage_version || member->status.term) answer = Answer::kNo;
  }
  return answer;
}

}  // namespace etcdf::cluster
