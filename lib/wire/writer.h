// Writes protobuf messages the way etcd does: proto3, the caller gives the fields in ascending
// order, and zeros and empty texts are left out (protobuf encoding guide; gogo's marshallers and
// Google's agree on it).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "wire/reader.h"

namespace etcdf::wire {

class Writer {
 public:
  void Number(uint32_t field, uint64_t value) {
    if (value == 0) return;
    Tag(field, Type::kVarint);
    Varint(value);
  }

  void Text(uint32_t field, std::string_view text) {
    if (!text.empty()) Element(field, text);
  }

  // A nested message, or an element of a list: written even where it is empty.
  void Element(uint32_t field, std::string_view bytes) {
    Tag(field, Type::kBytes);
    Varint(bytes.size());
    message_ += bytes;
  }

  std::string Take() { return std::move(message_); }

 private:
  void Tag(uint32_t field, Type type) {
    Varint(static_cast<uint64_t>(field) << 3 | static_cast<uint64_t>(type));
  }

  void Varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) message_ += static_cast<char>(value | 0x80);
    message_ += static_cast<char>(value);
  }

  std::string message_;
};

// 8 bytes, big-endian: how etcd's databases hold numbers.
inline void AppendBe64(std::string& out, uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

}  // namespace etcdf::wire
