// What is true of the members of a case, and so what may be said of them, by construction.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mvcc/revision.h"
#include "tests/reliability/cluster_case.h"

namespace etcdf::reliability {

// Of two members. Whoever says more than these, or less, is wrong.
enum class Relation : uint8_t {
  kSame,              // in one state
  kPerhapsSame,       // nothing differs; whether they are in one state may be left open
  kUnknown,           // what differs may be lag, and nothing given can tell
  kPerhapsDifferent,  // they differ, which may be left open
  kDifferent,
  kStrangers,  // of different clusters
};

using MemberSet = std::set<size_t>;  // by number among the members given

struct BucketTruth {
  bool any_row_differs = false;
  bool may_differ = false;   // one row that is no innocent difference, of two members
  bool must_differ = false;  // and it can be told
  // Outside of a class of more than half of the nodes; nothing where it is open.
  std::optional<MemberSet> minority = {};
};

struct FirstDifference {
  mvcc::Revision revision = {};
  // Likewise, of those that differ there.
  std::optional<MemberSet> minority = {};
};

struct Truth {
  std::vector<std::vector<Relation>> relations = {};  // by member, by member
  // Of each two it is known, and can be told, whether they are in one state.
  bool decided = false;
  std::vector<MemberSet> classes = {};     // where it is decided
  std::optional<MemberSet> minority = {};  // likewise, unless two copies of one node vote
  std::set<int> exit_codes = {};           // that are right
  std::map<std::string, BucketTruth> buckets = {};
  // Where the keys differ and it is one place, whatever is applied to whom.
  std::optional<FirstDifference> first = {};
  bool keys_differ = false;
  bool has_dirs = false;  // one of them is a data dir
  // What two members' nodes are, for those of which the files tell.
  std::vector<uint64_t> nodes = {};

  Relation Of(size_t a, size_t b) const { return relations[a][b]; }
  // Whether the members can all be of one class, and more than half of all nodes.
  bool CanBeMajority(const MemberSet& members) const;
};

Truth TruthOf(const ClusterCase& drawn);

// "m1 m3".
std::string NamesOf(const MemberSet& members, const ClusterCase& drawn);

}  // namespace etcdf::reliability
