// All rows of a member's database, made from a log: as of any entry, and with whatever went wrong
// with its keys on the way.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apply/rules.h"
#include "tests/reliability/cluster_log.h"
#include "tests/reliability/member.h"

namespace etcdf::reliability {

// By bucket, by key; as the database stores them.
using BucketRows = std::map<std::string, std::string, std::less<>>;
using Rows = std::map<std::string, BucketRows, std::less<>>;

// What happened at an entry that writes keys and nothing else, in place of what the entry says. All
// that follows is applied to what came of it.
struct KeyEdit {
  enum class What : uint8_t {
    kValue,     // the row has another value
    kLease,     // another lease
    kMetadata,  // another version
    kKey,       // the write went to another key
    kMissing,   // the row was not written, and its revision is lost
    kExtra,     // one row more
    kSkip,      // nothing of the entry was applied: all later revisions are less by one
  };
  static constexpr size_t kKinds = 7;

  What what = What::kValue;
  uint64_t index = 0;     // of the entry
  size_t row = 0;         // of those that the entry writes
  std::string text = {};  // the value or key
  int64_t number = 0;     // the lease, or by how much the version is too high
};

// A real member, and the rules by which its log makes all of its database.
struct ClusterBase {
  std::unique_ptr<Member> member;
  apply::Rules rules;
};
// Errors: those of Member::Open; kUnsupported where no version's rules make a bucket what it is.
Result<ClusterBase> OpenBase(const std::string& data_dir);

struct MemberPast {
  const ClusterBase& base;  // its `meta` has what no log tells
  std::span<const LogEntry> entries;
  uint64_t applied = 0;
  std::span<const KeyEdit> edits = {};
  // What the backup held that the cluster was restored from. No index counts it.
  std::span<const LogEntry> backup = {};
  uint64_t founders = 0;  // of the restored cluster
  // The last compaction has begun and come to this revision: what it has to remove behind that is
  // still there. Nothing: it is done.
  std::optional<int64_t> compacting_at = {};
  // Of the hashes that the member made of passwords, where it makes its own (etcd up to 3.4).
  uint64_t salt = 0;
};

Rows MakeRows(const MemberPast& past);
// The entries that write keys and nothing else, by the revision that each makes.
std::map<int64_t, uint64_t> EntriesByRevision(const MemberPast& past);

// bcrypt's text of a password: any, but the same one for the same numbers.
std::string PasswordHash(uint64_t salt, uint64_t hash);
// The user's row with this text as the password.
std::string WithPassword(const std::string& user, const std::string& text);

// A row of bucket `key` with another value; nothing where it is a tombstone or unreadable.
std::optional<std::string> WithValue(const std::string& key, const std::string& row,
                                     std::string_view value);

// The highest revision of bucket `key`, and up to which it is compacted (0: never).
int64_t RevisionOf(const Rows& rows);
int64_t CompactRevisionOf(const Rows& rows);
uint64_t ConsistentIndexOf(const Rows& rows);

// The rows of a database as they are.
Rows ReadRows(const mvcc::Store& database);

// Writes a bbolt database. `path` must not exist. Throws what is wrong.
void WriteRows(const Rows& rows, const std::string& path);

}  // namespace etcdf::reliability
