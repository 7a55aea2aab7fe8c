// Numbers of things in messages.
#pragma once

#include <cstdint>
#include <string>

namespace etcdf {

// "1 row", "2 rows".
inline std::string Counted(uint64_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

}  // namespace etcdf
