// The payload of a packed field: varints one after the other (protobuf encoding guide, "Packed
// Repeated Fields"). etcd writes no packed lists, but its decoders accept them.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace etcdf::wire {

class VarintList {
 public:
  explicit VarintList(Bytes list) : rest_(list) {}

  // Reads the next number. False at the end of the list or where it is malformed: ok() tells which.
  bool Next(uint64_t& value) {
    if (rest_.empty()) return false;
    uint64_t result = 0;
    size_t at = 0;
    for (unsigned shift = 0; shift < 64 && at < rest_.size(); shift += 7) {
      const uint8_t byte = rest_[at++];
      result |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) {
        value = result;
        rest_ = rest_.subspan(at);
        return true;
      }
    }
    ok_ = false;
    return false;
  }

  bool ok() const { return ok_; }

 private:
  Bytes rest_;
  bool ok_ = true;
};

}  // namespace etcdf::wire
