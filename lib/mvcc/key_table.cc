#include "mvcc/key_table.h"

#include <sys/mman.h>

#include <algorithm>
#include <memory>
#include <new>
#include <thread>

namespace etcdf::mvcc {
namespace {

static_assert(sizeof(void*) == sizeof(uint64_t), "a slot holds an address");

// The empty key has no address of its own where its field is absent.
constexpr uint8_t kNothing = 0;

const uint8_t* AddressOfKey(Bytes key) { return key.data() == nullptr ? &kNothing : key.data(); }

// The state, once the thread that took the slot has written it.
uint64_t AwaitState(std::atomic_ref<uint64_t> state) {
  uint64_t value = state.load(std::memory_order_acquire);
  while (value == 0) {
    std::this_thread::yield();
    value = state.load(std::memory_order_acquire);
  }
  return value;
}

}  // namespace

// calloc's zeros are empty slots, and pages that nobody touches take no memory.
KeyTable::KeyTable(unsigned log2_slots)
    : slots_(static_cast<Slot*>(std::calloc(size_t{1} << log2_slots, sizeof(Slot)))),
      mask_((uint64_t{1} << log2_slots) - 1) {
  if (!slots_) throw std::bad_alloc();
  // Slots are visited at random: with small pages, most of the time would go into finding the page.
  // Where the system has no large ones it is only slower.
  const std::span<Slot> slots(slots_.get(), mask_ + 1);
  void* begin = slots.data();
  size_t bytes = slots.size_bytes();
  constexpr size_t kLargePage = size_t{2} << 20;
  if (std::align(kLargePage, kLargePage, begin, bytes) != nullptr) {
    madvise(begin, bytes, MADV_HUGEPAGE);
  }
}

bool KeyTable::Offer(const Offered& offered) {
  if (offered.key.size() >= kLengthMask) {
    OfferAnyway(offered);
    return true;
  }
  const uint64_t mine = StateOf(offered);
  const uint64_t tag = offered.hash >> kAddressBits << kAddressBits;
  const uint64_t my_name = tag | std::bit_cast<uint64_t>(AddressOfKey(offered.key));
  for (size_t probe = 0; probe < kMaxProbes; ++probe) {
    Slot& slot = slots_[(offered.hash + probe) & mask_];
    const std::atomic_ref slot_name(slot.name);
    const std::atomic_ref slot_state(slot.state);
    uint64_t name = slot_name.load(std::memory_order_acquire);
    if (name == 0 && slot_name.compare_exchange_strong(name, my_name)) {
      slot_state.store(mine, std::memory_order_release);
      return true;
    }
    if ((name ^ tag) >> kAddressBits != 0) continue;
    uint64_t state = AwaitState(slot_state);
    if ((state & kLengthMask) != offered.key.size()) continue;
    if (!Equal(Bytes(AddressOf(name), offered.key.size()), offered.key)) continue;
    while (state < mine && !slot_state.compare_exchange_weak(state, mine)) {
    }
    if (state < mine) slot_name.store(my_name, std::memory_order_release);
    return true;
  }
  return false;
}

void KeyTable::OfferAnyway(const Offered& offered) {
  const std::scoped_lock lock(others_mutex_);
  uint64_t& state = others_[AsText(offered.key)];
  state = std::max(state, StateOf(offered));
}

}  // namespace etcdf::mvcc
