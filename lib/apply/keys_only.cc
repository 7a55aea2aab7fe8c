#include "apply/keys_only.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace etcdf::apply {

bool ChangesKeysOnly(const wire::Entry& entry, raft::Payload& payload) {
  constexpr auto kOfKeys =
      std::to_array<std::string_view>({"range", "put", "delete_range", "txn", "compaction"});
  constexpr uint32_t kV2Path = 3;
  if (entry.type != wire::EntryType::kNormal) return false;
  const raft::PayloadKind kind = payload.Decode(entry.data);
  if (kind == raft::PayloadKind::kEmpty) return true;
  if (payload.request_name() == "v2") {
    return AsText(payload.request().BytesOf(kV2Path)).starts_with("/1/");
  }
  return kind == raft::PayloadKind::kInternal &&
         std::ranges::find(kOfKeys, payload.request_name()) != kOfKeys.end();
}

}  // namespace etcdf::apply
