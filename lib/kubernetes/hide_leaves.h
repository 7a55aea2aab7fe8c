// Stored values with their leaves overwritten in place, to be handed to strangers: of the same
// size, form and structure, and still objects to whoever reads them.
//
// What stays: names of members, apiVersion and kind, the name and namespace that the key has too,
// and what the size of a leaf tells anyway: zeros, booleans and nulls. Texts become letters, the
// same for equal texts; numbers become ones. What cannot be read is overwritten as a whole.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "checksum/keyed_hash.h"
#include "kubernetes/schema.h"

namespace etcdf::kubernetes {

class LeafHider {
 public:
  // All must outlive the hider. `ids`: without it nobody can try out what stood there.
  LeafHider(const Schema& schema, const HashKey& ids) : schema_(schema), ids_(ids) {}

  // `value` is not encrypted; what is no object becomes letters. `key`: under which it is stored.
  void Hide(std::string_view key, std::span<uint8_t> value) const;
  // All of it becomes letters.
  void HideWhole(std::span<uint8_t> bytes) const;

 private:
  const Schema& schema_;
  const HashKey& ids_;
};

}  // namespace etcdf::kubernetes
