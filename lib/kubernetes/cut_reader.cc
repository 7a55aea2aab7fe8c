#include "kubernetes/cut_reader.h"

#include <optional>

namespace etcdf::kubernetes {
namespace {

// Takes a varint of the front off; nothing where there is none.
std::optional<uint64_t> TakeVarint(Bytes& rest) {
  uint64_t value = 0;
  for (unsigned at = 0; at < rest.size() && at < 10; ++at) {
    value |= static_cast<uint64_t>(rest[at] & 0x7f) << (7 * at);
    if (rest[at] < 0x80) {
      rest = rest.subspan(at + 1);
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace

bool CutReader::NextCut(wire::Field& field) {
  Bytes rest = message_.subspan(good_);
  const auto tag = TakeVarint(rest);
  const bool has_length = tag && (*tag & 7) == static_cast<uint64_t>(wire::Type::kBytes);
  if (!has_length || *tag >> 3 == 0 || *tag >> 32 != 0) return false;
  const auto length = TakeVarint(rest);
  if (!length || *length <= rest.size()) return false;
  is_cut_ = true;
  field = {.number = static_cast<uint32_t>(*tag >> 3),
           .type = wire::Type::kBytes,
           .value = 0,
           .bytes = rest,
           .raw = message_.subspan(good_)};
  return true;
}

}  // namespace etcdf::kubernetes
