// The parts of a member that a tool may ask for. Of an archive, no others are unpacked.
#pragma once

#include <cstdint>

namespace etcdf::member {

enum class Parts : uint8_t { kDatabase = 1, kLog = 2, kSnaps = 4, kAll = 7 };

constexpr Parts operator|(Parts a, Parts b) {
  return static_cast<Parts>(static_cast<uint8_t>(a) | static_cast<uint8_t>(b));
}
constexpr bool Has(Parts parts, Parts part) {
  return (static_cast<uint8_t>(parts) & static_cast<uint8_t>(part)) != 0;
}

}  // namespace etcdf::member
