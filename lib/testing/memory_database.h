// A database in memory, for tests of what stands above the engines.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"

namespace etcdf::testing {

class MemoryDatabase : public backend::Database {
 public:
  // Makes the bucket if there is none.
  void Put(std::string_view bucket, std::string_view key, std::string_view value);
  void Erase(std::string_view bucket, std::string_view key);
  // Each scan of this bucket reports the finding once.
  void Damage(std::string_view bucket, Finding finding);

  backend::Engine engine() const override { return backend::Engine::kBolt; }
  uint64_t size_bytes() const override { return 0; }
  const std::vector<Bytes>& bucket_names() const override { return names_; }
  // The rows as they are now: later changes do not reach the bucket.
  std::unique_ptr<backend::Bucket> Open(Bytes name) const override;

 private:
  struct Content {
    std::map<std::string, std::string, std::less<>> rows;
    FindingList damage;
  };
  Content& ContentOf(std::string_view bucket);

  std::map<std::string, Content, std::less<>> buckets_;
  std::vector<Bytes> names_;
};

}  // namespace etcdf::testing
