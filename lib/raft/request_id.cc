#include "raft/request_id.h"

namespace etcdf::raft {

RequestOrigin OriginOf(uint64_t request_id) {
  constexpr uint64_t kEraMs = uint64_t{1} << 40;
  constexpr uint64_t kEarliestMs = 1356998400000;  // 2013-01-01T00:00:00Z
  uint64_t start_ms = (request_id >> 8) & (kEraMs - 1);
  while (start_ms < kEarliestMs) start_ms += kEraMs;
  return {.member_low_bits = static_cast<uint16_t>(request_id >> 48), .start_unix_ms = start_ms};
}

}  // namespace etcdf::raft
