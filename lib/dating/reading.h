// A clock read at a revision: what of a time the evidence tells, before anybody judges it.
//
// Nothing in etcd's files carries a time but what its users stored: the API server stamps what it
// writes, nodes and controllers renew leases. Revisions are in the order of time, so that each
// reading bounds the time of others: what was written after a reading was not written before the
// time it shows, and what was written before one that was taken for its write not long after.
#pragma once

#include <cstdint>
#include <string_view>

namespace etcdf::dating {

// Microseconds since 1970, UTC.
using Micros = int64_t;
inline constexpr Micros kSecond = 1'000'000;

// What no cluster's clock shows, be it ever so wrong, is no time: 2001-09-09 and 2191-02-20.
inline constexpr Micros kEarliest = 1'000'000'000 * kSecond;
inline constexpr Micros kLatest = 6'978'000'000 * kSecond;
inline bool IsTime(Micros time) { return time >= kEarliest && time <= kLatest; }

enum class Source : uint8_t {
  // Of the API server, at the write, in whole seconds.
  kCreation,  // metadata.creationTimestamp
  kManaged,   // metadata.managedFields[].time
  kDeletion,  // metadata.deletionTimestamp, less the grace period
  // Of a client, before the write.
  kLease,  // spec.renewTime of a Lease, in microseconds
  kEvent,  // lastTimestamp and the like of an Event
  // From outside of the store.
  kRequestId,  // the start time in a request's id (raft/request_id.h)
  kFileTime,   // when a file was last written
};

// "creationTimestamp", "managedFields", "deletionTimestamp", "lease", "event", "id", "mtime".
std::string_view SourceName(Source source);

// Whether a reading that was taken for the write may still be older than it, and by how much.
enum class Freshness : uint8_t {
  kStale,    // the write may have come at any time after: a lower bound only
  kOfWrite,  // taken for this very write: the object did not show it before
};

// Numbers of clocks, in the order in which they were met. All API servers count as one clock, the
// first: which of them wrote a row, no row tells.
using Clock = uint32_t;
inline constexpr Clock kApiServer = 0;

struct Reading {
  uint64_t place = 0;  // a revision, or an index of the raft log
  Micros time = 0;
  Clock clock = kApiServer;
  Source source = Source::kCreation;
  Freshness freshness = Freshness::kStale;
  // Its writer waits for one write before it makes the next: what was written there was done by
  // this time, however slow. 0: nothing is known to have been.
  uint64_t done_place = 0;
};

}  // namespace etcdf::dating
