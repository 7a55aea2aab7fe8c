#include <utility>

#include "backend/row_list.h"
#include "delta/chain.h"

namespace etcdf::delta {
namespace {

// The rows of one cursor, and then those of another.
class ChainCursor final : public backend::Cursor {
 public:
  ChainCursor(std::unique_ptr<backend::Cursor> first, std::unique_ptr<backend::Cursor> second)
      : first_(std::move(first)), second_(std::move(second)) {}

  bool First() override { return In(first_, first_->First()) || In(second_, second_->First()); }
  bool Last() override { return In(second_, second_->Last()) || In(first_, first_->Last()); }
  bool Next() override {
    if (at_ == second_.get()) return In(second_, second_->Next());
    return In(first_, first_->Next()) || In(second_, second_->First());
  }
  bool Prev() override {
    if (at_ == first_.get()) return In(first_, first_->Prev());
    return In(second_, second_->Prev()) || In(first_, first_->Last());
  }
  bool Seek(Bytes key) override {
    return In(first_, first_->Seek(key)) || In(second_, second_->Seek(key));
  }

 private:
  bool In(const std::unique_ptr<backend::Cursor>& part, bool has_row) {
    if (!has_row) return false;
    at_ = part.get();
    row_ = part->row();
    return true;
  }

  std::unique_ptr<backend::Cursor> first_;
  std::unique_ptr<backend::Cursor> second_;
  const backend::Cursor* at_ = nullptr;
};

class ChainBucket final : public backend::Bucket {
 public:
  ChainBucket(std::unique_ptr<backend::Bucket> base,
              std::shared_ptr<const std::vector<backend::Row>> rows)
      : base_(std::move(base)), added_(std::move(rows)) {}

  std::unique_ptr<backend::Cursor> NewCursor(FindingSink& findings) const override {
    return std::make_unique<ChainCursor>(base_->NewCursor(findings), added_.NewCursor(findings));
  }
  std::vector<std::unique_ptr<backend::Scan>> Split(size_t parts,
                                                    FindingSink& findings) const override {
    auto scans = base_->Split(parts, findings);
    for (auto& scan : added_.Split(1, findings)) scans.push_back(std::move(scan));
    return scans;
  }

 private:
  std::unique_ptr<backend::Bucket> base_;
  backend::RowList added_;
};

class ChainDatabase final : public backend::Database {
 public:
  ChainDatabase(std::unique_ptr<backend::Database> base, Rows rows)
      : base_(std::move(base)),
        rows_(std::move(rows)),
        added_(std::make_shared<const std::vector<backend::Row>>(rows_.All())) {}

  backend::Engine engine() const override { return base_->engine(); }
  uint64_t size_bytes() const override { return base_->size_bytes(); }
  const std::vector<Bytes>& bucket_names() const override { return base_->bucket_names(); }
  std::unique_ptr<backend::Bucket> Open(Bytes name) const override {
    auto bucket = base_->Open(name);
    if (bucket == nullptr || AsText(name) != "key") return bucket;
    return std::make_unique<ChainBucket>(std::move(bucket), added_);
  }
  void ReportFaults(FindingSink& findings) const override { base_->ReportFaults(findings); }

 private:
  std::unique_ptr<backend::Database> base_;
  Rows rows_;
  std::shared_ptr<const std::vector<backend::Row>> added_;
};

}  // namespace

std::unique_ptr<backend::Database> Extend(std::unique_ptr<backend::Database> base, Rows rows) {
  return std::make_unique<ChainDatabase>(std::move(base), std::move(rows));
}

}  // namespace etcdf::delta
