// For each key its newest row: exact, in a fixed amount of memory, filled by several threads at
// once and in any order.
//
// Slots are open-addressed and 16 bytes long. Two words hold all that is known of a key:
//
//   name    tag, 16 bits of the hash | address of the key's bytes in the database, 48 bits
//   state   number of the newest row, 40 bits | live, 1 bit | length of the key, 16 bits
//
// A name is written once, by the thread that finds the slot empty; a state only grows. A tag that
// matches decides nothing: the bytes of the keys are compared.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>

#include "base/bytes.h"

namespace etcdf::mvcc {

class KeyTable {
 public:
  // Rows are numbered in ascending order of their revisions, from 0 to less than this.
  static constexpr uint64_t kRowLimit = (uint64_t{1} << 40) - 1;

  // 16 << log2_slots bytes, which the system provides as they are touched.
  explicit KeyTable(unsigned log2_slots);

  struct Offered {
    Bytes key;  // stays where it is as long as the table
    uint64_t hash = 0;
    uint64_t row = 0;
    bool live = false;  // the row is a put, not a tombstone
  };

  // Ask for the slot, then for the key it names, some time before Offer.
  void PrefetchSlot(uint64_t hash) const { __builtin_prefetch(&slots_[hash & mask_]); }
  void PrefetchKey(uint64_t hash, size_t key_bytes) const {
    const uint64_t name =
        std::atomic_ref(slots_[hash & mask_].name).load(std::memory_order_relaxed);
    if (name >> kAddressBits != hash >> kAddressBits) return;
    __builtin_prefetch(AddressOf(name));
    __builtin_prefetch(AddressOf(name) + key_bytes);
  }

  // Makes the row its key's newest, unless a newer one is known. False if there is no place for the
  // key: the table is full.
  bool Offer(const Offered& offered);
  // The same, for keys that must find a place: outside of the table if need be, which takes memory
  // for each.
  void OfferAnyway(const Offered& offered);

  // Calls visit(row) with the newest row of each key that is live. Once all threads are done.
  template <typename Visit>
  void ForEachLive(Visit visit) const {
    const auto show = [&](uint64_t state) {
      if ((state & kLiveBit) != 0) visit((state >> kRowShift) - 1);
    };
    for (const Slot& slot : std::span(slots_.get(), mask_ + 1)) show(slot.state);
    for (const auto& [key, state] : others_) show(state);
  }

 private:
  static constexpr unsigned kAddressBits = 48;
  static constexpr uint64_t kLengthMask = 0xffff;
  static constexpr uint64_t kLiveBit = 1 << 16;
  static constexpr unsigned kRowShift = 17;
  // Within so many slots a key finds its place or the table counts as full; at some 80 percent.
  static constexpr size_t kMaxProbes = 128;

  struct Slot {
    uint64_t name;   // 0: empty
    uint64_t state;  // 0: about to be written
  };
  struct Free {
    void operator()(Slot* slots) const { std::free(slots); }
  };

  static const uint8_t* AddressOf(uint64_t name) {
    return std::bit_cast<const uint8_t*>(name & ((uint64_t{1} << kAddressBits) - 1));
  }
  static uint64_t StateOf(const Offered& offered) {
    return (offered.row + 1) << kRowShift | (offered.live ? kLiveBit : 0) |
           std::min<uint64_t>(offered.key.size(), kLengthMask);
  }

  std::unique_ptr<Slot[], Free> slots_;
  uint64_t mask_;
  // Keys of kLengthMask bytes or more, and those of OfferAnyway.
  std::mutex others_mutex_;
  std::map<std::string_view, uint64_t> others_;
};

}  // namespace etcdf::mvcc
