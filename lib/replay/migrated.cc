#include "replay/migrated.h"

#include <string_view>
#include <unordered_set>

#include "apply/stored_row.h"
#include "raft/payload.h"
#include "replay/contents.h"

namespace etcdf::replay {
namespace {

bool MayBeMigrated(const apply::StoredRow& row) {
  return !row.tombstone && row.version == 1 && row.revision.sub == 0;
}

// What v2 requests put to users' keys, which lie below /1 (etcd v3.4.23, etcdserver/server.go,
// StoreKeysPrefix).
std::unordered_set<uint64_t> PutsOfV2(const Entries& entries) {
  // Fields of etcdserverpb.Request.
  constexpr uint32_t kPath = 3;
  constexpr uint32_t kValue = 4;
  constexpr std::string_view kUsersKeys = "/1";
  std::unordered_set<uint64_t> puts;
  raft::Payload payload;
  for (const wire::Entry& entry : entries.all()) {
    if (entry.type != wire::EntryType::kNormal) continue;
    payload.Decode(entry.data);
    if (payload.request_name() != "v2") continue;
    const std::string_view path = AsText(payload.request().BytesOf(kPath));
    if (!path.starts_with("/1/")) continue;
    puts.insert(
        HashContent(AsBytes(path.substr(kUsersKeys.size())), payload.request().BytesOf(kValue)));
  }
  return puts;
}

}  // namespace

int64_t LastMigrated(const Entries& entries, const StoredRows& rows) {
  if (rows.all().empty() || !MayBeMigrated(rows.all().front())) return 0;
  const auto puts = PutsOfV2(entries);
  int64_t last = 0;
  bool is_of_v2 = false;  // one of them at least is what a request put
  for (const apply::StoredRow& row : rows.all()) {
    if (!MayBeMigrated(row)) break;
    const bool is_put = puts.contains(HashContent(row.key, row.value));
    if (is_put || row.create_revision < row.revision.main) last = row.revision.main;
    is_of_v2 = is_of_v2 || is_put;
  }
  return is_of_v2 ? last : 0;
}

}  // namespace etcdf::replay
