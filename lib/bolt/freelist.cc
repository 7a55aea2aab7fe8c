#include "bolt/freelist.h"

#include <algorithm>

namespace etcdf::bolt {

std::optional<Freelist> DecodeFreelist(const Page& page) {
  constexpr uint16_t kCountFollows = 0xffff;
  if (page.header.flags != kFreelistPage) return std::nullopt;
  Freelist list{.count = page.header.count, .ids = page.bytes.subspan(kPageHeaderBytes)};
  if (page.header.count == kCountFollows) {
    if (list.ids.size() < sizeof(uint64_t)) return std::nullopt;
    list.count = LoadLe64(list.ids.data());
    list.ids = list.ids.subspan(sizeof(uint64_t));
  }
  const uint64_t held = std::min<uint64_t>(list.count, list.ids.size() / sizeof(uint64_t));
  list.ids = list.ids.first(held * sizeof(uint64_t));
  return list;
}

}  // namespace etcdf::bolt
