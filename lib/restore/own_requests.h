// What a member proposed, as the logs of the others tell: each request's id names its proposer.
//
// A member answers a request only once it has applied it, so of what it proposed its own log lacks
// no more than what was in flight when it stopped. One that lacks more had it once: an older copy
// of it was put back, or its log lost its end. A leader that has been in office since believes it
// to have those entries, and etcd panics at that leader's heartbeat (raft v3.6.0, log.go,
// commitTo).
#pragma once

#include <cstdint>

#include "wal/log.h"

namespace etcdf::restore {

// More requests than these are not taken for such as were in flight.
inline constexpr uint64_t kInFlightMax = 8;

struct OwnRequests {
  uint64_t count = 0;
  uint64_t index_last = 0;  // of the last; 0 if there is none
};

// Those of `node` among raft's entries of `range`. Only 16 bits of the id are in a request: ask of
// a node only if its cluster has no other with the same.
OwnRequests FindRequestsOf(uint64_t node, const wal::Log& log, const wal::IndexRange& range);

}  // namespace etcdf::restore
