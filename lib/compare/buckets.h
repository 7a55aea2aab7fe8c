// All buckets but `key`, held against each other row by row: leases, users, roles, members, alarms,
// and what a member notes about itself.
//
// Most of these may differ between healthy members, and each such reason has a name (Innocence).
// What is left is a difference: two members that have applied the same entries have to have the
// same leases and the same users.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "mvcc/store.h"

namespace etcdf::compare {

// Why two rows, or a row and its absence, may differ on sound members.
enum class Innocence : uint8_t {
  kNone,          // they may not
  kOwn,           // each member keeps its own: what it has applied, and its schema's version
  kCompaction,    // each compacts when it comes to it, and notes what is asked for and what is done
  kLag,           // the members have applied different entries
  kBcryptSalt,    // etcd up to 3.4 salts a password's hash on each member (server/auth/store.go)
  kRemainingTtl,  // a lease's time left, as each member last stored it
  // 3.5.1 to 3.5.19 do not store a member's name and client URLs once it has a row (etcd v3.5.19,
  // server/etcdserver/api/membership/store.go, unsafeSaveMemberToBackend). A row does not say which
  // version wrote it.
  kAttributes,
  kOrder,  // the same voters and learners in another order
};

// "own", "lag", ...; "" for kNone.
const char* InnocenceName(Innocence innocence);

// A row that is not the same on all members. Views into the databases.
struct RowDifference {
  Bytes key;
  Innocence innocence = Innocence::kNone;
  struct Side {
    size_t member = 0;
    bool present = false;
    Bytes value;
  };
  std::vector<Side> sides;
};

enum class BucketVerdict : uint8_t { kSame, kBenign, kDifferent };

// "same", "benign", "different".
const char* BucketVerdictName(BucketVerdict verdict);

struct BucketComparison {
  // At most so many differences are kept of each bucket; all are counted.
  static constexpr size_t kMaxDifferences = 1000;

  std::string name;
  BucketVerdict verdict = BucketVerdict::kSame;
  uint64_t rows_differing = 0;  // innocent ones included
  uint64_t rows_guilty = 0;
  std::vector<RowDifference> differences = {};  // guilty ones first, each kind in the order of keys
  std::vector<size_t> minority = {};            // at the first guilty one; empty without a majority
};

// A member and what it has applied. `applied` is its consistent index.
struct BucketInput {
  mvcc::Store store;
  uint64_t applied = 0;
  // The database may hold effects of entries above `applied`, as etcd up to 3.4 leaves it: the
  // index is stored with changes of keys only.
  bool applied_is_least = false;
};

// Every bucket that any of the members has, by name, without `key`.
std::vector<BucketComparison> CompareBuckets(std::span<const BucketInput> members);

}  // namespace etcdf::compare
