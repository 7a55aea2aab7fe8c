// Where each key's newest row is: found by the key at once, and by ranges of keys in order.
//
// Most requests name single keys, so those are found by a hash; the order is brought up to date
// only when a range is asked for.
#pragma once

#include <cstdint>
#include <iterator>
#include <map>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "raft/key_range.h"

namespace etcdf::apply {

class KeyIndex {
 public:
  static constexpr size_t kNoRow = SIZE_MAX;

  // What is known of a key. Stays where it is until the key is erased.
  struct Entry {
    std::string_view key;
    size_t row = kNoRow;
  };

  // Null if there is no such key.
  const Entry* Find(std::string_view key) const;
  Entry* Find(std::string_view key);
  // The key's entry; of a new key, which must outlive the index, with kNoRow.
  Entry& FindOrInsert(std::string_view key);
  void Erase(std::string_view key);

  // Calls `visit(const Entry&)` for the keys of the range, ascending, until it returns false.
  // Returns false if it did.
  template <typename Visit>
  bool ForEach(const raft::KeyRange& range, Visit visit) const {
    BringOrderUpToDate();
    const std::string_view end = AsText(range.range_end);
    for (auto at = ordered_.lower_bound(AsText(range.key)); at != ordered_.end(); ++at) {
      if (!range.is_unbounded() && at->first >= end) break;
      if (!visit(*at->second)) return false;
    }
    return true;
  }

  // Calls `update(Entry&)` for every key, in no order, and erases those for which it returns false.
  template <typename Update>
  void UpdateAll(Update update) {
    ordered_.clear();
    unordered_.clear();
    for (auto at = entries_.begin(); at != entries_.end();) {
      const bool stays = update(at->second);
      if (stays) unordered_.push_back(&at->second);
      at = stays ? std::next(at) : entries_.erase(at);
    }
  }

 private:
  void BringOrderUpToDate() const;

  std::unordered_map<std::string_view, Entry> entries_;
  // Every key is in one of the two: in the order of keys, or in that in which they came.
  mutable std::map<std::string_view, const Entry*> ordered_;
  mutable std::vector<const Entry*> unordered_;
};

}  // namespace etcdf::apply
