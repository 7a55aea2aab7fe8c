// All buckets but `key`, held against each other row by row: leases, users, roles, members, alarms,
// and what a member notes about itself.
//
// Most of these may differ between healthy members, and each such reason has a name (Innocence).
// Each needs its proof, row by row and for each two members: that two members have not applied the
// same entries excuses a row only if an entry between the two writes it (LagWitness). What is left
// is a difference, or cannot be told (RowDoubt).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "compare/nodes.h"
#include "compare/pairs.h"
#include "mvcc/store.h"

namespace etcdf::compare {

// Why two rows, or a row and its absence, may differ on sound members.
enum class Innocence : uint8_t {
  kNone,        // they may not
  kOwn,         // each member keeps its own: what it has applied, and its schema's version
  kCompaction,  // each compacts when it comes to it, and notes what is asked for and what is done
  kLag,         // an entry that one of them has not applied yet makes the difference
  kBcryptSalt,  // etcd up to 3.4 salts a password's hash on each member (server/auth/store.go)
  // A lease's time left: whether a checkpoint is stored is a flag of the member's. Needs to be told
  // from a lag (etcd v3.5.30, server/lease/lessor.go, shouldPersistCheckpoints).
  kRemainingTtl,
  // 3.5.1 to 3.5.19 do not store a member's name and client URLs once it has a row (etcd v3.5.19,
  // server/etcdserver/api/membership/store.go, unsafeSaveMemberToBackend). A row does not say which
  // version wrote it.
  kAttributes,
  kOrder,     // the same voters and learners in another order
  kRestored,  // a restore writes its own: who the members are, and what the cluster's version is
};

// "own", "lag", ...; "" for kNone.
const char* InnocenceName(Innocence innocence);

// Why it cannot be told if a row may differ so.
enum class RowDoubt : uint8_t {
  kNone,
  kLag,   // the members have not applied the same entries, and no log says what is between
  kSalt,  // it is not known who hashed the password
};

// "lag", "salt"; "" for kNone.
const char* RowDoubtName(RowDoubt doubt);

enum class Blame : uint8_t { kInnocent, kUnknown, kGuilty };

// A row that is not the same on all members. Views into the databases.
struct RowDifference {
  Bytes key;
  // The worst of all pairs of members.
  Blame blame = Blame::kInnocent;
  Innocence innocence = Innocence::kNone;  // of the first innocent pair; kNone: there is none
  RowDoubt doubt = RowDoubt::kNone;        // of the first unknown pair
  struct Side {
    size_t member = 0;
    bool present = false;
    Bytes value;
  };
  std::vector<Side> sides;
  std::vector<size_t> minority = {};  // empty where there is no majority, and nobody is guilty
};

// kNotCompared: some of it cannot be told.
enum class BucketVerdict : uint8_t { kSame, kBenign, kNotCompared, kDifferent };

// "same", "benign", "not_compared", "different".
const char* BucketVerdictName(BucketVerdict verdict);

struct BucketComparison {
  // At most so many differences are kept of each bucket; all are counted.
  static constexpr size_t kMaxDifferences = 1000;

  std::string name;
  BucketVerdict verdict = BucketVerdict::kSame;
  uint64_t rows_differing = 0;  // innocent ones included
  uint64_t rows_guilty = 0;
  uint64_t rows_unknown = 0;
  // The guilty first, then the unknown, each kind in the order of keys.
  std::vector<RowDifference> differences = {};
  // Over all rows, those that are not kept too: pairs of members that are guilty, or not known.
  Pairs parted = {};
  Pairs unknown = {};
};

// What the members' logs know of why two of them may differ.
class LagWitness {
 public:
  enum class Answer : uint8_t { kNo, kYes, kUnknown };

  virtual ~LagWitness() = default;

  // Whether what one of the two members has not applied yet accounts for the difference in a row.
  virtual Answer Explains(std::string_view bucket, Bytes key, const RowDifference::Side& a,
                          const RowDifference::Side& b) = 0;
  // Whether each member made its own hash of the user's password.
  virtual Answer Salts(Bytes user) = 0;
  // Whether the one was restored from a backup, which the other is or comes from.
  virtual bool RestoredBetween(size_t a, size_t b) = 0;
  // Whether the two have applied the same, or a log tells what is between.
  virtual bool ReachesBetween(size_t a, size_t b) = 0;
};

// Every bucket that any of the members has, by name, without `key`.
std::vector<BucketComparison> CompareBuckets(std::span<const mvcc::Store> members,
                                             const Nodes& nodes, LagWitness& lag);

}  // namespace etcdf::compare
