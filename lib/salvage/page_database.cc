#include "salvage/page_database.h"

#include <utility>

#include "backend/row_list.h"
#include "mvcc/schema.h"

namespace etcdf::salvage {

PageDatabase::PageDatabase(const KeyRows& content, std::span<const FoundRow> rows,
                           const OtherBuckets& others) {
  Rows keys;
  keys.reserve(rows.size());
  for (const FoundRow& row : rows) keys.push_back(content.Stored(row));
  Add(AsBytes(mvcc::kKeyBucket), std::move(keys));
  for (const BucketSource& source : others.sources()) {
    Rows of_bucket;
    others.ForEachRow(source, [&](const backend::Row& row) {
      of_bucket.push_back(row);
      return true;
    });
    Add(source.name, std::move(of_bucket));
  }
  for (const auto& [name, held] : buckets_) names_.push_back(AsBytes(name));
}

void PageDatabase::Add(Bytes name, Rows rows) {
  for (const backend::Row& row : rows) size_bytes_ += row.key.size() + row.value.size();
  buckets_.emplace(AsText(name), std::make_shared<const Rows>(std::move(rows)));
}

std::unique_ptr<backend::Bucket> PageDatabase::Open(Bytes name) const {
  const auto found = buckets_.find(AsText(name));
  if (found == buckets_.end()) return nullptr;
  return std::make_unique<backend::RowList>(found->second);
}

}  // namespace etcdf::salvage
