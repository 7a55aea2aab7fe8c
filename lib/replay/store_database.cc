#include "replay/store_database.h"

#include <algorithm>
#include <array>
#include <utility>

#include "backend/row_list.h"
#include "mvcc/schema.h"
#include "wire/writer.h"

namespace etcdf::replay {
namespace {

using apply::Table;

std::string Be64(uint64_t number) {
  std::string bytes;
  wire::AppendBe64(bytes, number);
  return bytes;
}

// The rows of bucket `key` of the database that a store was loaded from, asked for in ascending
// order.
class OriginRows {
 public:
  explicit OriginRows(const StoreDatabase::Origin* origin) {
    if (origin == nullptr) return;
    until_ = origin->revision;
    bucket_ = origin->database.database.Open(AsBytes(mvcc::kKeyBucket));
    if (bucket_ == nullptr) return;
    cursor_ = bucket_->NewCursor(unheard_);  // Load has reported what is damaged
    more_ = cursor_->First();
  }

  // The row as it is stored; null if the store has it from elsewhere.
  const backend::Row* Find(const apply::StoredRow& row, std::string_view key) {
    if (row.revision.main > until_) return nullptr;
    while (more_ && AsText(cursor_->row().key) < key) more_ = cursor_->Next();
    return more_ && AsText(cursor_->row().key) == key ? &cursor_->row() : nullptr;
  }

 private:
  int64_t until_ = INT64_MIN;
  FindingList unheard_;
  std::unique_ptr<backend::Bucket> bucket_;
  std::unique_ptr<backend::Cursor> cursor_;
  bool more_ = false;
};

}  // namespace

StoreDatabase::StoreDatabase(const apply::MemberStore& store, const Origin* origin,
                             Buckets buckets) {
  if (buckets == Buckets::kAll) ReadKeys(store, origin);
  ReadTables(store);
  ReadMeta(store, origin);
}

std::unique_ptr<backend::Bucket> StoreDatabase::Open(Bytes name) const {
  const auto found = buckets_.find(AsText(name));
  if (found == buckets_.end()) return nullptr;
  return std::make_unique<backend::RowList>(found->second);
}

void StoreDatabase::ReadKeys(const apply::MemberStore& store, const Origin* origin) {
  OriginRows stored(origin);
  Rows rows;
  store.ForEachRow([&](const apply::StoredRow& row) {
    const std::string key = apply::EncodeRowKey(row);
    if (const backend::Row* const as_stored = stored.Find(row, key)) {
      rows.push_back(*as_stored);
    } else {
      rows.push_back({.key = Keep(key), .value = Keep(apply::EncodeRowValue(row))});
    }
  });
  Add(mvcc::kKeyBucket, std::move(rows));
}

void StoreDatabase::ReadTables(const apply::MemberStore& store) {
  static constexpr auto kWhole = std::to_array<Table>(
      {Table::kLease, Table::kAlarm, Table::kAuth, Table::kAuthUsers, Table::kAuthRoles,
       Table::kMembers, Table::kMembersRemoved, Table::kCluster});
  for (const Table table : kWhole) {
    Rows rows;
    for (const auto& [key, row] : store.tables().rows(table)) {
      rows.push_back({.key = AsBytes(key), .value = AsBytes(row.value)});
    }
    Add(apply::BucketOf(table), std::move(rows));
  }
}

void StoreDatabase::ReadMeta(const apply::MemberStore& store, const Origin* origin) {
  std::map<std::string, std::string, std::less<>> meta;
  if (origin != nullptr) {
    FindingList unheard;
    const auto bucket = origin->database.database.Open(AsBytes(mvcc::kMetaBucket));
    const auto cursor = bucket ? bucket->NewCursor(unheard) : nullptr;
    for (bool more = cursor && cursor->First(); more; more = cursor->Next()) {
      meta.emplace(AsText(cursor->row().key), AsText(cursor->row().value));
    }
  }
  const auto put = [&meta](std::string_view name, std::string value) {
    meta.insert_or_assign(std::string(name), std::move(value));
  };
  // Index 0 and term 0 are never written (etcd v3.6.9, server/storage/schema/cindex.go).
  if (store.index() > 0) put(mvcc::kConsistentIndexName, Be64(store.index()));
  const bool stores_term = store.rules().stores_conf_state || meta.contains(mvcc::kTermName);
  if (store.term() > 0 && stores_term) put(mvcc::kTermName, Be64(store.term()));
  for (const auto& [name, row] : store.tables().rows(Table::kConfState)) put(name, row.value);
  if (const int64_t compacted = store.keys().compact_revision(); compacted > 0) {
    const std::string revision = apply::EncodeRowKey({.revision = {.main = compacted}});
    put(mvcc::kScheduledCompactName, revision);
    put(mvcc::kFinishedCompactName, revision);
  }
  Rows rows;
  for (const auto& [name, value] : meta) rows.push_back({.key = Keep(name), .value = Keep(value)});
  Add(mvcc::kMetaBucket, std::move(rows));
}

void StoreDatabase::Add(std::string_view bucket, Rows rows) {
  for (const backend::Row& row : rows) size_bytes_ += row.key.size() + row.value.size();
  const auto [at, is_new] = buckets_.emplace(bucket, std::make_shared<const Rows>(std::move(rows)));
  if (is_new)
    names_.insert(std::ranges::lower_bound(names_, at->first, {}, AsText), AsBytes(bucket));
}

Bytes StoreDatabase::Keep(std::string_view bytes) {
  constexpr size_t kPieceBytes = 1 << 20;
  if (kept_.empty() || kept_.back().capacity() - kept_.back().size() < bytes.size()) {
    kept_.emplace_back().reserve(std::max(kPieceBytes, bytes.size()));
  }
  std::string& piece = kept_.back();
  piece += bytes;
  return AsBytes(std::string_view(piece).substr(piece.size() - bytes.size()));
}

}  // namespace etcdf::replay
