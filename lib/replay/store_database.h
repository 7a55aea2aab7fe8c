// A member's store as a database, for whatever reads databases: hashes, comparisons, dump-db.
//
// Its rows are those that etcd would have stored, with every compaction done and everything
// committed: buckets and bytes as in mvcc/schema.h. What the log does not tell stays as it was: the
// bucket `meta` keeps rows that are not the log's (storageVersion).
//
// Memory: 40 bytes for each row, and the rows that the log wrote, since in the log their parts do
// not lie as they would in a database. Rows that the store was loaded with are views.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apply/member_store.h"
#include "backend/backend.h"
#include "mvcc/store.h"

namespace etcdf::replay {

class StoreDatabase final : public backend::Database {
 public:
  // What the store was loaded from (load.h), and as of which revision.
  struct Origin {
    const mvcc::Store& database;
    int64_t revision = 0;
  };

  enum class Buckets : uint8_t { kAll, kAllButKey };

  // Borrows both. The store must not change any more. `origin` is null if it began empty.
  explicit StoreDatabase(const apply::MemberStore& store, const Origin* origin = nullptr,
                         Buckets buckets = Buckets::kAll);

  backend::Engine engine() const override { return backend::Engine::kMemory; }
  // There are no pages: the rows' keys and values.
  uint64_t size_bytes() const override { return size_bytes_; }
  const std::vector<Bytes>& bucket_names() const override { return names_; }
  std::unique_ptr<backend::Bucket> Open(Bytes name) const override;

 private:
  using Rows = std::vector<backend::Row>;

  void ReadKeys(const apply::MemberStore& store, const Origin* origin);
  void ReadTables(const apply::MemberStore& store);
  void ReadMeta(const apply::MemberStore& store, const Origin* origin);
  void Add(std::string_view bucket, Rows rows);
  Bytes Keep(std::string_view bytes);

  std::map<std::string_view, std::shared_ptr<const Rows>> buckets_;
  std::vector<Bytes> names_;
  std::deque<std::string> kept_;  // none grows beyond its capacity, so views into them stay good
  uint64_t size_bytes_ = 0;
};

}  // namespace etcdf::replay
