// What the pages of a damaged file still hold, as a database: for whatever reads databases.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "backend/backend.h"
#include "salvage/key_rows.h"
#include "salvage/other_buckets.h"

namespace etcdf::salvage {

class PageDatabase final : public backend::Database {
 public:
  // Of bucket `key` the rows given, which ascend. Borrows the others. Memory: 40 bytes for each
  // row.
  PageDatabase(const KeyRows& content, std::span<const FoundRow> rows, const OtherBuckets& others);

  backend::Engine engine() const override { return backend::Engine::kMemory; }
  uint64_t size_bytes() const override { return size_bytes_; }
  const std::vector<Bytes>& bucket_names() const override { return names_; }
  std::unique_ptr<backend::Bucket> Open(Bytes name) const override;

 private:
  using Rows = std::vector<backend::Row>;
  void Add(Bytes name, Rows rows);

  std::map<std::string_view, std::shared_ptr<const Rows>> buckets_;
  std::vector<Bytes> names_;
  uint64_t size_bytes_ = 0;
};

}  // namespace etcdf::salvage
