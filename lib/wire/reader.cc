#include "wire/reader.h"

namespace etcdf::wire {

bool Reader::LongVarint(uint64_t& value) {
  uint64_t result = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (at_ == end_) return Malformed();
    const uint8_t byte = *at_++;
    result |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) {
      value = result;
      return true;
    }
  }
  return Malformed();
}

bool Reader::Uncommon(Field& field) {
  const auto fixed = [&](size_t size) {
    if (static_cast<size_t>(end_ - at_) < size) return Malformed();
    field.value = 0;
    for (size_t i = 0; i < size; ++i) field.value |= static_cast<uint64_t>(at_[i]) << (8 * i);
    at_ += size;
    return true;
  };
  switch (field.type) {
    case Type::kFixed64: return fixed(8);
    case Type::kFixed32: return fixed(4);
    case Type::kGroupBegin: return SkipGroup();
    default: return Malformed();  // a group end without its begin, or wire type 6 or 7
  }
}

// Skips to the end of the group that has just begun. Depth is a counter, not recursion, so a
// hostile message of nested group tags costs no stack. Like gogo's skipper, it does not match the
// numbers of begin and end.
bool Reader::SkipGroup() {
  for (uint64_t depth = 1; depth > 0;) {
    uint64_t tag = 0;
    if (!Varint(tag)) return false;
    uint64_t number = 0;
    switch (static_cast<Type>(tag & 7)) {
      case Type::kVarint:
        if (!Varint(number)) return false;
        break;
      case Type::kFixed64:
      case Type::kFixed32: {
        const size_t size = static_cast<Type>(tag & 7) == Type::kFixed64 ? 8 : 4;
        if (static_cast<size_t>(end_ - at_) < size) return Malformed();
        at_ += size;
        break;
      }
      case Type::kBytes:
        if (!Varint(number)) return false;
        if (number > static_cast<uint64_t>(end_ - at_)) return Malformed();
        at_ += number;
        break;
      case Type::kGroupBegin: ++depth; break;
      case Type::kGroupEnd: --depth; break;
      default: return Malformed();
    }
  }
  return true;
}

}  // namespace etcdf::wire
