#include "kubernetes/leaf_filler.h"

#include <algorithm>

namespace etcdf::kubernetes {
namespace {

// A step of SplitMix64 (Steele, Lea and Flood, 2014).
uint64_t Next(uint64_t& state) {
  uint64_t word = state += 0x9e3779b97f4a7c15;
  word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
  word = (word ^ word >> 27) * 0x94d049bb133111eb;
  return word ^ word >> 31;
}

constexpr std::string_view kTime = "1970-01-01T00:00:01Z";

bool IsTime(std::string_view text) {
  const auto fits = [](char c, char in_time) {
    const bool is_digit = c >= '0' && c <= '9';
    return in_time >= '0' && in_time <= '9' ? is_digit : c == in_time;
  };
  return std::ranges::equal(text, kTime, fits);
}

}  // namespace

void LeafFiller::Fill(std::span<uint8_t> leaf) const {
  if (IsTime(AsText(leaf))) {
    std::ranges::copy(kTime, leaf.begin());
    return;
  }
  constexpr unsigned kLetters = 26;
  uint64_t state = KeyedHash(ids_, leaf);
  uint64_t word = 0;
  for (size_t at = 0; at < leaf.size(); ++at) {
    word = at % 8 == 0 ? Next(state) : word >> 8;
    leaf[at] = static_cast<uint8_t>('a' + ((word & 0xff) * kLetters >> 8));
  }
}

void LeafFiller::FillOwned(std::span<uint8_t> name) const {
  const std::string_view text = AsText(name);
  if (text.starts_with("k:") || text.starts_with("v:")) Fill(name.subspan(2));
}

bool LeafFiller::IsInKey(std::string_view text) const {
  if (text.empty()) return false;
  for (size_t at = key_.find(text); at != key_.npos; at = key_.find(text, at + 1)) {
    const size_t end = at + text.size();
    const bool begins = at == 0 || key_[at - 1] == '/';
    if (begins && (end == key_.size() || key_[end] == '/')) return true;
  }
  return false;
}

}  // namespace etcdf::kubernetes
