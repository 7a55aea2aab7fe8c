#include "testing/memory_database.h"

#include <algorithm>
#include <utility>

namespace etcdf::testing {
namespace {

using backend::Row;

bool KeyIsLess(Bytes a, Bytes b) { return AsText(a) < AsText(b); }

class MemoryCursor : public backend::Cursor {
 public:
  explicit MemoryCursor(const std::vector<Row>& rows) : rows_(rows) {}

  bool First() override { return MoveTo(0); }
  bool Last() override { return MoveTo(rows_.size() - 1); }
  bool Next() override { return MoveTo(at_ + 1); }
  bool Prev() override { return MoveTo(at_ - 1); }
  bool Seek(Bytes key) override {
    const auto found = std::ranges::lower_bound(rows_, key, KeyIsLess, &Row::key);
    return MoveTo(static_cast<size_t>(found - rows_.begin()));
  }

 private:
  bool MoveTo(size_t at) {
    if (at >= rows_.size()) return false;
    at_ = at;
    row_ = rows_[at];
    return true;
  }

  const std::vector<Row>& rows_;
  size_t at_ = 0;
};

class MemoryScan : public backend::Scan {
 public:
  explicit MemoryScan(std::span<const Row> rows) : rest_(rows) {}

  size_t Next(std::span<Row> rows) override {
    const size_t count = std::min(rows.size(), rest_.size());
    std::ranges::copy(rest_.first(count), rows.begin());
    rest_ = rest_.subspan(count);
    return count;
  }
  const FindingList& findings() const override { return findings_; }
  void Report(const Finding& finding) { findings_.Report(finding); }

 private:
  std::span<const Row> rest_;
  FindingList findings_;
};

class MemoryBucket : public backend::Bucket {
 public:
  MemoryBucket(std::vector<Row> rows, std::vector<Finding> damage)
      : rows_(std::move(rows)), damage_(std::move(damage)) {}

  std::unique_ptr<backend::Cursor> NewCursor(FindingSink& /*findings*/) const override {
    return std::make_unique<MemoryCursor>(rows_);
  }

  std::vector<std::unique_ptr<backend::Scan>> Split(size_t parts,
                                                    FindingSink& /*findings*/) const override {
    std::vector<std::unique_ptr<backend::Scan>> scans;
    const std::span<const Row> all(rows_);
    for (size_t i = 0; i < parts; ++i) {
      const size_t from = all.size() * i / parts;
      const size_t to = all.size() * (i + 1) / parts;
      auto scan = std::make_unique<MemoryScan>(all.subspan(from, to - from));
      if (i == 0) {
        for (const Finding& finding : damage_) scan->Report(finding);
      }
      scans.push_back(std::move(scan));
    }
    return scans;
  }

 private:
  std::vector<Row> rows_;
  std::vector<Finding> damage_;
};

}  // namespace

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
  ContentOf(bucket).damage.push_back(std::move(finding));
}

std::unique_ptr<backend::Bucket> MemoryDatabase::Open(Bytes name) const {
  const auto found = buckets_.find(AsText(name));
  if (found == buckets_.end()) return nullptr;
  std::vector<Row> rows;
  for (const auto& [key, value] : found->second.rows) {
    rows.push_back({.key = AsBytes(key), .value = AsBytes(value)});
  }
  return std::make_unique<MemoryBucket>(std::move(rows), found->second.damage);
}

}  // namespace etcdf::testing
