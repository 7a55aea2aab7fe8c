// A note on each key, in bounded memory, for walks through rows in their order.
//
// Keys are told apart by 64 bits of a hash: among 6 million, two have the same one once in a
// million databases. Where that would matter, the note holds what tells.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "checksum/fingerprint.h"

namespace etcdf::mvcc {

template <typename Note>
class KeyNotes {
 public:
  // At most 1 << log2_slots slots, of 8 bytes and a note each.
  explicit KeyNotes(unsigned log2_slots = 23)
      : slots_(size_t{1} << std::min(log2_slots, 12U)), slots_max_(size_t{1} << log2_slots) {}

  // The note of the key: an empty one where there was none. Null where there is no place for one
  // more. Good until the next call.
  Note* Of(Bytes key) {
    if (used_ * 4 > slots_.size() * 3 && slots_.size() < slots_max_) Grow();
    return Place(HashOf(key), true);
  }

 private:
  // Within so many slots a key finds its place or has none.
  static constexpr size_t kMaxProbes = 128;

  struct Slot {
    uint64_t hash = 0;  // 0: empty
    Note note = {};
  };

  static uint64_t HashOf(Bytes key) { return std::max<uint64_t>(1, Fingerprint(key)); }

  Note* Place(uint64_t hash, bool is_new) {
    const size_t mask = slots_.size() - 1;
    for (size_t i = 0; i < std::min(kMaxProbes, slots_.size()); ++i) {
      Slot& slot = slots_[(hash + i) & mask];
      if (slot.hash == hash) return &slot.note;
      if (slot.hash != 0) continue;
      slot.hash = hash;
      if (is_new) ++used_;
      return &slot.note;
    }
    return nullptr;
  }

  // What finds no place in twice the room, it would not have found in less.
  void Grow() {
    std::vector<Slot> olds(slots_.size() * 2);
    olds.swap(slots_);
    for (Slot& old : olds) {
      Note* const note = old.hash == 0 ? nullptr : Place(old.hash, false);
      if (note != nullptr) *note = std::move(old.note);
    }
  }

  std::vector<Slot> slots_;
  size_t slots_max_;
  size_t used_ = 0;
};

}  // namespace etcdf::mvcc
