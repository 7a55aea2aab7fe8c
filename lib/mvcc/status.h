// What a database says of itself, without a walk through its keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "mvcc/store.h"

namespace etcdf::mvcc {

// Absent is what no row says, or a row that cannot be read (kBadMeta is reported then), or what
// damage to the database hides: then Knows() is false of the bucket. Views point into the database.
struct Status {
  // The main revision of the last row of `key`; 0 where there is none, as `etcdutl snapshot status`
  // says. A started etcd may count from a higher one: CurrentRevision().
  int64_t revision = 0;
  std::optional<int64_t> scheduled_compact_revision;
  std::optional<int64_t> finished_compact_revision;

  std::optional<uint64_t> consistent_index;
  std::optional<uint64_t> term;          // of the entry at the consistent index
  std::optional<Bytes> conf_state;       // JSON
  std::optional<Bytes> storage_version;  // "3.6.0"
  std::optional<Bytes> cluster_version;  // "3.5.0"
  std::optional<Bytes> downgrade;        // JSON
  std::optional<bool> auth_enabled;      // absent until auth is first enabled
  std::optional<uint64_t> auth_revision;

  // Rows; absent where some are hidden.
  std::optional<uint64_t> leases;
  std::optional<uint64_t> alarms;
  std::optional<uint64_t> users;
  std::optional<uint64_t> roles;
  std::optional<uint64_t> members;
  std::optional<uint64_t> members_removed;

  // Names of buckets that damage hides a part of, or may hide altogether. Of `key`, its end.
  std::vector<std::string_view> hidden;

  // False of a bucket of which an absent row may be there.
  bool Knows(std::string_view bucket) const;

  // The revision that etcd counts on from when it opens the database: at least 1 and, since 3.4.32
  // and 3.5.14, at least the scheduled compaction's (mvcc/kvstore.go, restore).
  int64_t CurrentRevision() const;
  // What is compacted once etcd has opened the database, which finishes a compaction that was cut
  // short; -1: never compacted.
  int64_t CompactRevision() const;
  // The revision of a compaction that has begun and is not finished: rows up to it are there or
  // not, as far as it got. etcd goes on with it when it opens the database.
  std::optional<int64_t> UnfinishedCompaction() const;
  // The revision that a read at `asked` sees: itself, or the current one for 0. Errors: kNotFound,
  // in etcd's own words, where it is compacted or still to come.
  Result<int64_t> ReadRevision(int64_t asked) const;
  // The version of the schema as etcd detects it (storage/schema/schema.go,
  // UnsafeDetectSchemaVersion): the storage version; else "3.5" where a term above 0 is stored;
  // else empty: 3.4 or older, or a 3.5 that has not made a snapshot yet.
  std::string_view SchemaVersion() const;
};

Status ReadStatus(const Store& store);

}  // namespace etcdf::mvcc
