// Keys: their order, which is that of every engine, and how they are shown in messages.
#pragma once

#include <cstring>
#include <string>

#include "base/bytes.h"

namespace etcdf::backend {

// A negative, zero or positive number as `a` is before, equal to or behind `b`.
// Most neighbours in etcd's largest bucket differ in their first 8 bytes, the revision.
inline int CompareKeys(Bytes a, Bytes b) {
  if (a.size() >= sizeof(uint64_t) && b.size() >= sizeof(uint64_t)) {
    const uint64_t head_a = LoadBe64(a.data());
    const uint64_t head_b = LoadBe64(b.data());
    if (head_a != head_b) return head_a < head_b ? -1 : 1;
  }
  const size_t common = a.size() < b.size() ? a.size() : b.size();
  const int order = common == 0 ? 0 : std::memcmp(a.data(), b.data(), common);
  if (order != 0) return order;
  return a.size() < b.size() ? -1 : static_cast<int>(a.size() > b.size());
}

// Keys in messages, as bbolt's own tool shows them: "quoted" if printable, else hexadecimal.
std::string KeyText(Bytes key);
// The same of a long key's beginning.
std::string ShortKeyText(Bytes key);

// Keys from `lower` on and below `upper`; empty: no bound, as no key is empty.
struct KeyRange {
  Bytes lower = {};
  Bytes upper = {};
};
// "the rows from "a" on and below "b"", "the rows of the bucket".
std::string KeyRangeText(const KeyRange& range);

}  // namespace etcdf::backend
