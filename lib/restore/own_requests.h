// What a member did, as the logs of the others tell: a request's id names its proposer, and a hard
// state its vote.
//
// A member answers a request only once it has applied it, so of what it proposed its own log lacks
// no more than what was in flight when it stopped: requests of as many clients as waited, sent
// within the time that a message takes. It sends nothing before what it received has been written
// (etcd v3.6.9, server/etcdserver/raft.go, start), so of requests that came one after the other had
// been committed only the last few can have been in flight. One whose log lacks more had it once:
// an older copy of it was put back, or its log lost its end. A leader that has been in office since
// believes it to have those entries, and etcd panics at that leader's heartbeat (raft v3.6.0,
// log.go, commitTo).
#pragma once

#include <cstdint>

#include "wal/log.h"

namespace etcdf::restore {

// More rounds than these are not taken for such as were in flight.
inline constexpr uint64_t kInFlightMax = 8;

struct OwnRequests {
  uint64_t count = 0;
  // As many of them came to the leader only after the first of those before them was known to be
  // committed.
  uint64_t rounds = 0;
  uint64_t index_last = 0;  // of the last; 0 if there is none
};

// Those of `node` among raft's entries of `range`. Only 16 bits of the id are in a request: ask of
// a node only if its cluster has no other with the same.
OwnRequests FindRequestsOf(uint64_t node, const wal::Log& log, const wal::IndexRange& range);

// The last term in which the log's member voted for `node`; 0 if it never did.
uint64_t FindVoteFor(uint64_t node, const wal::Log& log);

}  // namespace etcdf::restore
