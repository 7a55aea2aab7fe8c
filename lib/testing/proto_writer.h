// Writes protobuf's wire format, for the evidence that tests make.
//
// It shares nothing with the readers under test, so that a mistake cannot stand on both sides and
// cancel out. It writes what it is told, also what a real encoder never would: zeros that proto3
// omits, fields twice, fields out of order. Format: protobuf encoding specification ("Encoding",
// Base 128 varints and message structure).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace etcdf::testing {

class ProtoWriter {
 public:
  // Scalars of any integer type; a negative int64 becomes the ten bytes of its two's complement.
  ProtoWriter& Number(uint32_t field, uint64_t value) {
    Varint(uint64_t{field} << 3);
    Varint(value);
    return *this;
  }

  // `bytes`, `string` and embedded messages.
  ProtoWriter& Bytes(uint32_t field, std::string_view value) {
    Varint(uint64_t{field} << 3 | 2);
    Varint(value.size());
    bytes_ += value;
    return *this;
  }

  const std::string& bytes() const { return bytes_; }

 private:
  void Varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }

  std::string bytes_;
};

}  // namespace etcdf::testing
