// What is committed, as the raft logs of several members tell together.
//
// A member notes the commit index as it hears of it, and etcd does not sync that note by itself: in
// a crash the whole cluster may have acknowledged more than any log says. Two rules tell what
// counts:
//
//   * What one member knows to be committed is committed.
//   * With the logs of all voters at hand: an entry that a majority of them holds, if no log that
//     lacks it ends with a higher term than the entry's. Nobody without the entry can then win an
//     election: one of the majority would have to vote, and refuses a log that ends with a lower
//     term, or with the same term and a lower index (Ongaro and Ousterhout, section 5.4.1; a log of
//     the same term and no lower index holds the entry). Being on a majority is not enough by
//     itself (section 5.4.2, figure 8), and a log that is not at hand may end with any term.
//
// Entries before one that is committed are committed with it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "wal/log.h"

namespace etcdf::compare {

struct LogWitness {
  const wal::Log* log = nullptr;  // scanned; null: a member without one
  uint64_t committed = 0;         // the highest index that this member counts as committed
  bool votes = false;             // as of Electorate::as_of
};

// Who elects the leader. Configuration changes behind `as_of` end the second rule.
struct Electorate {
  size_t voters = 0;   // of the cluster, whether they are witnesses or not; 0: not known
  uint64_t as_of = 0;  // an index
};

struct CommittedIndex {
  uint64_t index = 0;
  size_t witness = 0;        // in whose log it stands, if in any
  bool by_majority = false;  // nobody has noted it: the second rule says so
};
CommittedIndex FindCommitted(std::span<const LogWitness> witnesses, const Electorate& electorate);

// Up to where two logs are the same: the highest index at which both have an entry of one term,
// which then have the same entries before it, too. 0 if there is no such index.
uint64_t AgreeUntil(const wal::Log& a, const wal::Log& b);

}  // namespace etcdf::compare
