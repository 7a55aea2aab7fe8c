// Keys of some of a store's rows: found in the order of keys, so many at a time, and looked for
// among all rows.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "checksum/fingerprint.h"

namespace etcdf::states {

using Keys = std::vector<std::string_view>;

// Of all keys that are offered and come after `after`, the first `capacity`, each once.
class FirstKeys {
 public:
  FirstKeys(size_t capacity, std::string_view prefix, std::optional<std::string_view> after)
      : capacity_(capacity), prefix_(prefix), after_(after), recent_(kRecent) {}

  void Offer(std::span<const std::string_view> keys) {
    const std::scoped_lock lock(mutex_);
    for (const std::string_view key : keys) {
      if (!key.starts_with(prefix_) || (after_ && key <= *after_)) continue;
      if (before_ && key >= *before_) continue;
      std::string_view& recent = recent_[Fingerprint(AsBytes(key)) % kRecent];
      if (recent == key) continue;
      recent = key;
      keys_.push_back(key);
      if (keys_.size() >= 2 * capacity_) Cut();
    }
  }

  Keys Take() {
    Cut();
    return std::move(keys_);
  }
  // Whether keys were offered that did not fit.
  bool more() const { return before_.has_value(); }

 private:
  // Rows that only one side has are of few keys as a rule, each many times.
  static constexpr size_t kRecent = 1 << 18;

  void Cut() {
    std::sort(keys_.begin(), keys_.end());
    keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
    if (keys_.size() <= capacity_) return;
    before_ = keys_[capacity_];
    keys_.resize(capacity_);
  }

  size_t capacity_;
  std::string_view prefix_;
  std::optional<std::string_view> after_;
  std::optional<std::string_view> before_;
  std::mutex mutex_;
  Keys keys_;
  Keys recent_;  // offered and taken; each where its fingerprint puts it
};

// Finds keys among many that are none of them, fast.
class KeySet {
 public:
  explicit KeySet(const Keys& keys)
      : keys_(keys), slots_(std::bit_ceil(std::max<size_t>(4 * keys.size(), 1 << 16)), kNone) {
    for (size_t i = 0; i < keys.size(); ++i) {
      size_t slot = SlotOf(keys[i]);
      while (slots_[slot] != kNone) slot = Next(slot);
      slots_[slot] = static_cast<uint32_t>(i);
    }
  }

  // Its place in the keys; their count where it is none of them.
  size_t Find(std::string_view key) const {
    for (size_t slot = SlotOf(key); slots_[slot] != kNone; slot = Next(slot)) {
      if (keys_[slots_[slot]] == key) return slots_[slot];
    }
    return keys_.size();
  }

 private:
  static constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();

  size_t SlotOf(std::string_view key) const {
    return Fingerprint(AsBytes(key)) & (slots_.size() - 1);
  }
  size_t Next(size_t slot) const { return (slot + 1) & (slots_.size() - 1); }

  const Keys& keys_;
  std::vector<uint32_t> slots_;
};

}  // namespace etcdf::states
