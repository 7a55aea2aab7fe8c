// A member as the user has it, and what it says of itself.
//
// It is files, whose rows can be read; a digest, which has sums of them; or a running etcd, which
// can be asked for a hash. What a comparison needs of a member it asks for by what it is, and what
// all kinds can say are Facts().
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "digest/digest.h"
#include "live/running_member.h"
#include "member/open.h"
#include "member/open_database.h"
#include "mvcc/hash.h"
#include "mvcc/status.h"
#include "replay/roll_forward.h"
#include "wal/log.h"

namespace etcdf::cluster {

// A member's state behind what its database has applied (roll_forward.h).
struct Rolled {
  uint64_t from = 0;  // what the database has applied
  replay::StateAt state = {};
  std::string short_of = {};  // why it ends before the others; empty if it does not
};

// A row of bucket `alarm` (AlarmMember).
struct Alarm {
  uint64_t member_id = 0;  // that raised it
  uint64_t kind = 0;
};
// "NOSPACE", "CORRUPT", or a number.
std::string AlarmName(uint64_t kind);

struct Member {
  std::string name;
  std::string source;                          // as the user gave it
  std::optional<member::Evidence> files = {};  // what was found there, if it is files
  member::OpenedDatabase database = {};
  // Why the database cannot take part. The rest but the log says nothing then.
  std::optional<Error> unreadable = {};
  std::optional<wal::Log> log = {};  // scanned
  FindingList findings = {};
  std::optional<Rolled> rolled = {};

  // Of Store().
  mvcc::Status status = {};
  // Absent where damage costs rows.
  std::optional<uint64_t> keys = {};         // live ones
  std::optional<uint32_t> hash = {};         // of `etcdutl snapshot status`
  std::optional<mvcc::KvHash> hash_kv = {};  // at the end of the window
  // Those that are active; of a bucket `alarm` that cannot be read nothing is known.
  std::vector<Alarm> alarms = {};
  bool alarms_known = false;

  // In place of the database, its log and its status:
  std::optional<digest::Digest> digest = {};
  std::unique_ptr<live::RunningMember> running = {};
  std::optional<Error> mute = {};  // why it gives no HashKV, where it is running

  bool readable() const { return !unreadable; }
  bool has_database() const { return readable() && database.database != nullptr; }
  // Why it takes no part, or not the part that it could.
  const std::optional<Error>& error() const { return unreadable ? unreadable : mute; }
  // What is compared: the database, rolled forward if that was asked for.
  mvcc::Store Store() {
    if (!rolled || !rolled->state.database) return StoreOnDisk();
    return {.database = *rolled->state.database, .file = database.path, .findings = findings};
  }
  mvcc::Store StoreOnDisk() {
    return {.database = *database.database, .file = database.path, .findings = findings};
  }
  // What is known of a member of any kind. Its HashKV is hash_kv.
  digest::Facts Facts() const;
  // Which member of which cluster, as its log says, or the member itself.
  std::optional<wire::Metadata> identity() const;
  // The highest index that counts as committed: in the log's words, and by what is applied.
  uint64_t committed() const;
  // Up to 3.4 there is no term beside the consistent index, and that index may lag behind what the
  // database holds: it is stored with changes of keys only, and the log may have others behind it.
  bool applied_is_least() const;
};

// "data_dir", "database", "lmdb", "digest" or "endpoint"; of a member that is readable.
const char* KindName(const Member& member);

// Fills in the hashes and the number of keys of a readable member; `hash_kv` where it is wanted.
// The keys are counted unless a member is given that is known to have the same ones.
void HashMember(Member& member, std::optional<mvcc::KvHashAt> kv, const Member* equal);

}  // namespace etcdf::cluster
