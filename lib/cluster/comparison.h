// Who agrees with whom: what comparing members says. Judgement only: reasons are enums and numbers,
// which the views put into words.
//
// All that is said of members follows from one value: in which classes they are (partition.h), over
// every difference of every bucket, and how many nodes stand behind each class. Members of
// different clusters are strangers: each cluster is judged by itself.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/member.h"
#include "cluster/partition.h"
#include "cluster/relations.h"
#include "cluster/sums.h"
#include "compare/buckets.h"
#include "compare/key_history.h"
#include "compare/nodes.h"
#include "compare/raft_logs.h"
#include "wire/raft_records.h"

namespace etcdf::cluster {

enum class Verdict : uint8_t {
  kConsistent,   // all that can be compared is the same
  kDiverged,     // it is not
  kUndecidable,  // some of it cannot be compared
};

// "consistent", "diverged", "undecidable".
const char* VerdictName(Verdict verdict);

// Why it cannot be told, or not of all members.
enum class DoubtKind : uint8_t {
  kUnreadable,   // `a` cannot be read
  kNothingLeft,  // the same, and less than two can
  kStrangers,    // the members are of different clusters
  kSameMember,   // `a` and `b` are one running member
  kSameFile,     // `a` and `b` are one file
  kNoWindow,     // no revision is on all: `a` ends at `revision`, `b` has compacted `compacted`
  kNoBucket,     // `a` has no `bucket` that can be read
  kMute,         // `a` does not tell its HashKV
  kHashes,       // HashKV are of different compact revisions
  kState,        // by sums: the state at `revision` of `a` and `b`
  kBucketSum,    // by sums: `bucket` differs between `a` and `b`
  kRow,          // row `key` of `bucket` differs between `a` and `b`, and no log tells why
  kSalt,         // likewise, where it is not known who hashed the password
};

struct Doubt {
  DoubtKind kind = DoubtKind::kStrangers;
  const Member* a = nullptr;
  const Member* b = nullptr;
  int64_t revision = 0;
  int64_t compacted = 0;
  std::string bucket = {};
  std::string key = {};
};

// The members of one cluster, as far as is known. Numbers of members are places in `members`, or in
// `compared` and `logged` where that is said.
struct Group {
  std::optional<uint64_t> cluster_id = {};
  std::vector<Member*> members = {};

  Verdict verdict = Verdict::kUndecidable;
  std::optional<Doubt> doubt = {};

  compare::Nodes nodes = {};
  std::optional<compare::Window> window = {};  // nothing: no revision is on all members
  // Then, what all have in common once their own logs have led them on, if they have.
  std::optional<compare::Window> window_ahead = {};
  // Whose keys are the same and whose are not, by whatever they could be compared; and the same of
  // all that they hold.
  Relations keys = Relations();
  Relations states = Relations();
  Partition key_classes = {};
  Partition classes = {};
  SumsResult sums = {};

  // The members of which there are databases, which are compared row by row. Everything below is of
  // these and indexes `compared`.
  std::vector<Member*> compared = {};
  compare::KeyHistoryComparison history = {};
  // The first difference of keys, wherever it lies; and how many revisions differ outside the
  // window.
  std::optional<compare::RevisionDifference> first = {};
  uint64_t revisions_beyond = 0;
  // Members whose own log leads on to what another has applied, in memory; nothing of the others.
  std::vector<std::optional<replay::StateAt>> ahead = {};
  // What each member's log says of the first difference; nothing where it does not.
  std::vector<std::optional<wire::Entry>> entries = {};
  std::vector<compare::BucketComparison> buckets = {};
  std::vector<std::vector<size_t>> bucket_minorities = {};  // by bucket
  // The same members and those of which there is only a log that can be read, without those that a
  // restore parts from the first log. `logs` indexes them.
  std::vector<Member*> logged = {};
  compare::LogComparison logs = {};

  bool by_rows() const { return compared.size() > 1; }
  bool StandsAlone(const Member& member) const;
  // Who differs from a majority in one of `buckets`.
  const std::vector<size_t>& MinorityIn(const compare::BucketComparison& bucket) const;
  // Of `members`.
  size_t PlaceOf(const Member& member) const;
  // The revisions of which all members are compared.
  const std::optional<compare::Window>& common() const { return window ? window : window_ahead; }
  // How many revisions the member has that not all others have.
  uint64_t RevisionsAhead(const Member& member) const;
};

struct Comparison {
  Verdict verdict = Verdict::kUndecidable;
  std::optional<Doubt> doubt = {};
  // In the order of their first members; one, unless the members are strangers.
  std::vector<Group> groups = {};

  bool StandsAlone(const Member& member) const;
  // Whether two members hold the same; unknown of strangers.
  Relation StatesOf(const Member& a, const Member& b) const;
};

// Compares what can be compared, and fills in the members' hashes.
Comparison Compare(const std::vector<std::unique_ptr<Member>>& members);

}  // namespace etcdf::cluster
