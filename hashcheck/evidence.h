// The members, opened, and what each says of itself.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apply/roll_forward.h"
#include "base/finding.h"
#include "hashcheck/options.h"
#include "member/open_database.h"
#include "mvcc/hash.h"
#include "mvcc/status.h"
#include "wal/log.h"

namespace etcdf::hashcheck {

// A member's state behind what its database has applied (roll_forward.h).
struct Rolled {
  uint64_t from = 0;  // what the database has applied
  apply::StateAt state = {};
  std::string short_of = {};  // why it ends before the others; empty if it does not
};

struct Member {
  std::string name;
  std::string source;  // as the user gave it
  member::OpenedDatabase database = {};
  std::optional<Error> unreadable = {};  // why it cannot take part; the rest says nothing then
  std::optional<wal::Log> log = {};      // scanned
  FindingList findings = {};
  std::optional<Rolled> rolled = {};

  // Of Store().
  mvcc::Status status = {};
  uint64_t keys = 0;                         // live ones
  uint32_t hash = 0;                         // of `etcdutl snapshot status`
  std::optional<mvcc::KvHash> hash_kv = {};  // at the end of the window

  bool readable() const { return !unreadable; }
  // What is compared: the database, rolled forward if that was asked for.
  mvcc::Store Store() {
    if (!rolled || !rolled->state.database) return StoreOnDisk();
    return {.database = *rolled->state.database, .file = database.path, .findings = findings};
  }
  mvcc::Store StoreOnDisk() {
    return {.database = *database.database, .file = database.path, .findings = findings};
  }
  // Which member of which cluster, as its log says.
  std::optional<wire::Metadata> identity() const;
  // The highest index that counts as committed: in the log's words, and by what is applied.
  uint64_t committed() const;
};

// Reads status and hashes of Store().
void ReadState(Member& member);

// Opens one member whole and reads its status and hashes. Never fails: see `unreadable`.
std::unique_ptr<Member> OpenMember(const MemberArgument& argument);

}  // namespace etcdf::hashcheck
