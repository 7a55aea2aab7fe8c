#include "apply/key_index.h"

namespace etcdf::apply {

const KeyIndex::Entry* KeyIndex::Find(std::string_view key) const {
  const auto entry = entries_.find(key);
  return entry == entries_.end() ? nullptr : &entry->second;
}

KeyIndex::Entry* KeyIndex::Find(std::string_view key) {
  const auto entry = entries_.find(key);
  return entry == entries_.end() ? nullptr : &entry->second;
}

KeyIndex::Entry& KeyIndex::FindOrInsert(std::string_view key) {
  const auto [entry, is_new] = entries_.try_emplace(key, Entry{.key = key});
  if (is_new) unordered_.push_back(&entry->second);
  return entry->second;
}

void KeyIndex::Erase(std::string_view key) {
  const auto entry = entries_.find(key);
  if (entry == entries_.end()) return;
  // Who goes back erases what came last.
  if (!unordered_.empty() && unordered_.back() == &entry->second) {
    unordered_.pop_back();
  } else {
    BringOrderUpToDate();
    ordered_.erase(key);
  }
  entries_.erase(entry);
}

void KeyIndex::BringOrderUpToDate() const {
  for (const Entry* const entry : unordered_) ordered_.emplace(entry->key, entry);
  unordered_.clear();
}

}  // namespace etcdf::apply
