// What is written over leaves: of the same size, the same for equal leaves, and telling nothing to
// who lacks the key.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "checksum/keyed_hash.h"

namespace etcdf::kubernetes {

class LeafFiller {
 public:
  // `key`: under which the value is stored; what it says, the value may go on saying.
  LeafFiller(const HashKey& ids, std::string_view key) : ids_(ids), key_(key) {}

  // Small letters; a time in RFC 3339 with seconds becomes another one.
  void Fill(std::span<uint8_t> leaf) const;
  // Names of what managers own hold values behind "k:" and "v:" (kubernetes, structured-merge-diff,
  // fieldpath/serialize-pe.go).
  void FillOwned(std::span<uint8_t> name) const;
  // The text is a part between the key's slashes.
  bool IsInKey(std::string_view text) const;

 private:
  const HashKey& ids_;
  std::string_view key_;
};

// The bytes of `part`, which lies in `whole`.
inline std::span<uint8_t> Within(std::span<uint8_t> whole, Bytes part) {
  if (part.empty()) return {};
  return whole.subspan(static_cast<size_t>(part.data() - whole.data()), part.size());
}

}  // namespace etcdf::kubernetes
