// What was odd about a value as it was decoded. The decoder goes on after each; who asked for the
// object says what it means there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

namespace etcdf::kubernetes {

struct Flaws {
  static constexpr size_t kNowhere = std::numeric_limits<size_t>::max();

  // The value ends or breaks within a field: what is before is shown, what is after as bytes.
  size_t broken_at = kNowhere;  // offset in the clear value
  uint32_t wrong_types = 0;     // fields of another wire type than the table has, shown as bytes
  uint32_t unknown_fields = 0;  // shown by their numbers
  uint32_t odd_texts = 0;       // strings that are not UTF-8
  uint32_t duplicates = 0;      // members that a later one of the same name replaces, not shown
  bool beyond_limits = false;   // too deep, or too many values: the rest is shown as bytes
  bool unknown_kind = false;    // no table has the type: shown without a schema

  bool is_broken() const { return broken_at != kNowhere; }
  void BreakAt(size_t offset) {
    if (!is_broken()) broken_at = offset;
  }
};

}  // namespace etcdf::kubernetes
