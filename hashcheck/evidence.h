// The members, opened, and what each says of itself.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "hashcheck/options.h"
#include "member/open_database.h"
#include "mvcc/hash.h"
#include "mvcc/status.h"
#include "wal/log.h"

namespace etcdf::hashcheck {

struct Member {
  std::string name;
  std::string source;  // as the user gave it
  member::OpenedDatabase database = {};
  // Why the database cannot take part. The rest but the log says nothing then.
  std::optional<Error> unreadable = {};
  std::optional<wal::Log> log = {};  // scanned
  FindingList findings = {};

  mvcc::Status status = {};
  uint64_t keys = 0;                         // live ones
  uint32_t hash = 0;                         // of `etcdutl snapshot status`
  std::optional<mvcc::KvHash> hash_kv = {};  // at the end of the window

  bool readable() const { return !unreadable; }
  // What findings and hashes of this member need.
  mvcc::Store Store() {
    return {.database = *database.database, .file = database.path, .findings = findings};
  }
  // Which member of which cluster, as its log says.
  std::optional<wire::Metadata> identity() const;
  // The highest index that counts as committed: in the log's words, and by what is applied.
  uint64_t committed() const;
};

// Opens one member whole and reads its status. Never fails: see `unreadable`.
std::unique_ptr<Member> OpenMember(const MemberArgument& argument);

// Fills in the hashes and the number of keys of a readable member; `hash_kv` where it is wanted.
// The keys are counted unless a member is given that is known to have the same ones.
void HashMember(Member& member, std::optional<mvcc::KvHashAt> kv, const Member* equal);

}  // namespace etcdf::hashcheck
