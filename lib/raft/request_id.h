// What the 64-bit id of a request says about the member that proposed it.
//
// etcd v3.6.9, pkg/idutil/id.go: bits 63..48 are the low 16 bits of the member's id; the low 48
// bits are a counter that starts, with the process, at (Unix milliseconds mod 2^40) << 8 and grows
// by one with each id. So the upper 40 of those 48 bits are the start time plus one millisecond for
// every 256 ids given since: early ids tell the start to the millisecond, and a member that gave
// less than 256 ids a millisecond on average (no real one does more) never shows a time in the
// future of its ids.
//
// 2^40 ms are 34.8 years, so the time is known up to a multiple of that. The one chosen is the
// first from 2013-01-01 on, the year of etcd's first commit; that is right until November 2047.
#pragma once

#include <cstdint>

namespace etcdf::raft {

struct RequestOrigin {
  uint16_t member_low_bits = 0;  // the low 16 bits of the proposing member's id
  uint64_t start_unix_ms = 0;    // when the member's process started, or shortly after
};

// Every id has an answer; for one that etcd did not make (0 above all) it means nothing.
RequestOrigin OriginOf(uint64_t request_id);

// Whether a member with this id may have made the request id.
inline bool MayComeFrom(uint64_t request_id, uint64_t member_id) {
  return (request_id >> 48) == (member_id & 0xffff);
}

}  // namespace etcdf::raft
