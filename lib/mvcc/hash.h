// etcd's hashes of a database: CRC-32C over rows as they stand.
//
// All walk through the rows on every core, in bounded memory, and report damage as they meet it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "mvcc/store.h"

namespace etcdf::mvcc {

// `etcdutl snapshot status` (etcd v3.6.9, etcdutl/snapshot/v3_snapshot.go): all buckets by name,
// their names, keys and values; no row is left out.
struct ContentHash {
  uint32_t hash = 0;
  // What etcd calls total keys: up to 3.5 the rows of all buckets; since 3.6 the keys of users
  // whose last row is a put.
  uint64_t rows = 0;
  uint64_t live_keys = 0;
  // False if damage cost rows: then `hash` and `rows` are over what was left, and no answer.
  bool is_whole = true;
  bool keys_are_whole = true;  // likewise of `live_keys`
};
ContentHash HashContent(const Store& store);

// Rows of `meta` that the hash of the whole backend leaves out, as members differ in them
// (server/storage/schema/schema.go, DefaultIgnores; older: server/storage/mvcc/kvstore.go).
std::span<const std::string_view> IgnoredSince34();  // 3.4 and older
std::span<const std::string_view> IgnoredSince35();
std::span<const std::string_view> IgnoredSince36();
// `etcd-dump-db hash`, and the maintenance API's Hash.
struct BackendHash {
  uint32_t hash = 0;
  bool is_whole = true;  // as above
};
BackendHash HashBackend(const Store& store, std::span<const std::string_view> ignored);

// HashKV (etcd v3.6.9, server/storage/mvcc/{hash,kvstore}.go).
struct KvHash {
  uint32_t hash = 0;
  int64_t revision = 0;
  int64_t compact_revision = -1;  // -1: never compacted
  bool is_whole = true;           // as above
};
// At `revision`; 0: the current one. As etcd computes it from a file, which can differ from what a
// server has stored at a compaction: that one hashed the rows that were then deleted.
//
// Errors: kNotFound, with etcd's own words, where the revision is compacted or still to come.
Result<KvHash> HashKv(const Store& store, int64_t revision);

// As of a member that has compacted up to `compacted` at least, so that members which have
// compacted differently can be held against each other. Errors: as above.
struct KvHashAt {
  int64_t revision = 0;
  int64_t compacted = 0;  // 0: as the store has it
};
Result<KvHash> HashKv(const Store& store, KvHashAt wanted);

// Both, in fewer walks than one after the other takes. Counting the live keys is half of the work:
// who knows their number already leaves it out (`live_keys` then says nothing, and values that are
// no KeyValue are not reported).
enum class Keys : uint8_t { kCounted, kUncounted };
struct ContentAndKvHash {
  ContentHash content;
  Result<KvHash> kv;
};
ContentAndKvHash HashContentAndKv(const Store& store, KvHashAt wanted, Keys keys);

}  // namespace etcdf::mvcc
