#include "testing/memory_database.h"

#include <utility>

#include "backend/row_list.h"

namespace etcdf::testing {

MemoryDatabase::Content& MemoryDatabase::ContentOf(std::string_view bucket) {
  auto found = buckets_.find(bucket);
  if (found == buckets_.end()) {
    found = buckets_.try_emplace(std::string(bucket)).first;
    names_.clear();
    for (const auto& [name, content] : buckets_) names_.push_back(AsBytes(name));
  }
  return found->second;
}

void MemoryDatabase::Put(std::string_view bucket, std::string_view key, std::string_view value) {
  ContentOf(bucket).rows.insert_or_assign(std::string(key), std::string(value));
}

void MemoryDatabase::Erase(std::string_view bucket, std::string_view key) {
  auto& rows = ContentOf(bucket).rows;
  const auto found = rows.find(key);
  if (found != rows.end()) rows.erase(found);
}

void MemoryDatabase::Damage(std::string_view bucket, Finding finding) {
  ContentOf(bucket).damage.Report(std::move(finding));
}

std::unique_ptr<backend::Bucket> MemoryDatabase::Open(Bytes name) const {
  const auto found = buckets_.find(AsText(name));
  if (found == buckets_.end()) return nullptr;
  auto rows = std::make_shared<std::vector<backend::Row>>();
  for (const auto& [key, value] : found->second.rows) {
    rows->push_back({.key = AsBytes(key), .value = AsBytes(value)});
  }
  return std::make_unique<backend::RowList>(std::move(rows), found->second.damage);
}

}  // namespace etcdf::testing
