#include "snapshot-status/layout.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace etcdf::snapshot_status {
namespace {

class EmptyBucket : public backend::Bucket {
 public:
  std::unique_ptr<backend::Cursor> NewCursor(FindingSink& /*findings*/) const override {
    return nullptr;
  }
  std::vector<std::unique_ptr<backend::Scan>> Split(size_t /*parts*/,
                                                    FindingSink& /*findings*/) const override {
    return {};
  }
};

// Has every bucket that it is asked for.
class EmptyDatabase : public backend::Database {
 public:
  explicit EmptyDatabase(backend::Engine engine) : engine_(engine) {}

  backend::Engine engine() const override { return engine_; }
  uint64_t size_bytes() const override { return 0; }
  const std::vector<Bytes>& bucket_names() const override { return names_; }
  std::unique_ptr<backend::Bucket> Open(Bytes /*name*/) const override {
    return std::make_unique<EmptyBucket>();
  }

 private:
  backend::Engine engine_;
  std::vector<Bytes> names_;
};

std::vector<std::string> ObstaclesOf(backend::Engine engine, Faults structure, Faults rows) {
  Survey survey;
  survey.evidence.database = std::make_unique<EmptyDatabase>(engine);
  survey.structure_faults = structure;
  survey.row_faults = rows;
  return RestoreObstacles(survey);
}

TEST(RestoreObstacles, NoneOfASoundBboltFile) {
  EXPECT_TRUE(ObstaclesOf(backend::Engine::kBolt, {}, {}).empty());
}

// etcdutl opens what it restores with bbolt.
TEST(RestoreObstacles, AnLmdbEnvironmentIsNotRestored) {
  const auto obstacles = ObstaclesOf(backend::Engine::kLmdb, {}, {});
  ASSERT_EQ(obstacles.size(), 1U);
  EXPECT_EQ(obstacles[0], "etcdutl restores bbolt files only, and this is an LMDB environment");
}

TEST(RestoreObstacles, OnlyDamageStopsEtcd) {
  const auto suspect = ObstaclesOf(backend::Engine::kBolt, {.suspect = 1}, {.suspect = 1});
  ASSERT_EQ(suspect.size(), 1U);
  EXPECT_EQ(suspect[0], "rows are suspect: etcd reads them and goes on");
  EXPECT_EQ(ObstaclesOf(backend::Engine::kBolt, {.damage = 1}, {.damage = 1}).size(), 2U);
}

}  // namespace
}  // namespace etcdf::snapshot_status
