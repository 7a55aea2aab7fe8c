// The freelist in a bbolt file (bbolt v1.4.3, internal/common/page.go, FreelistPageCount): page
// ids, 8 bytes each. From 65535 on, the header's count is 65535 and the first number is the count.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bolt/page.h"

namespace etcdf::bolt {

struct Freelist {
  uint64_t count = 0;  // as the page says
  // What the page has room for: `count` numbers, or fewer if it is damaged.
  Bytes ids;

  size_t size() const { return ids.size() / sizeof(uint64_t); }
  uint64_t operator[](size_t i) const { return LoadLe64(ids.data() + i * sizeof(uint64_t)); }
};

// Nothing if it is not a freelist page.
std::optional<Freelist> DecodeFreelist(const Page& page);

}  // namespace etcdf::bolt
