#include "backend/row_list.h"

#include <algorithm>
#include <utility>

namespace etcdf::backend {
namespace {

using SharedRows = std::shared_ptr<const std::vector<Row>>;

bool KeyIsLess(Bytes a, Bytes b) { return AsText(a) < AsText(b); }

class RowListCursor final : public Cursor {
 public:
  explicit RowListCursor(SharedRows rows) : rows_(std::move(rows)) {}

  bool First() override { return MoveTo(0); }
  bool Last() override { return MoveTo(rows_->size() - 1); }
  bool Next() override { return MoveTo(at_ + 1); }
  bool Prev() override { return MoveTo(at_ - 1); }
  bool Seek(Bytes key) override {
    const auto found = std::ranges::lower_bound(*rows_, key, KeyIsLess, &Row::key);
    return MoveTo(static_cast<size_t>(found - rows_->begin()));
  }

 private:
  // A step before the first row wraps round, and there is no row.
  bool MoveTo(size_t at) {
    if (at >= rows_->size()) return false;
    at_ = at;
    row_ = (*rows_)[at];
    return true;
  }

  SharedRows rows_;
  size_t at_ = 0;
};

class RowListScan final : public Scan {
 public:
  RowListScan(SharedRows rows, size_t from, size_t to, FindingList damage)
      : rows_(std::move(rows)), at_(from), to_(to), damage_(std::move(damage)) {}

  size_t Next(std::span<Row> rows) override {
    const size_t count = std::min(rows.size(), to_ - at_);
    std::ranges::copy(std::span(*rows_).subspan(at_, count), rows.begin());
    at_ += count;
    return count;
  }
  const FindingList& findings() const override { return damage_; }

 private:
  SharedRows rows_;
  size_t at_;
  size_t to_;
  FindingList damage_;
};

}  // namespace

std::unique_ptr<Cursor> RowList::NewCursor(FindingSink& /*findings*/) const {
  return std::make_unique<RowListCursor>(rows_);
}

std::vector<std::unique_ptr<Scan>> RowList::Split(size_t parts, FindingSink& /*findings*/) const {
  std::vector<std::unique_ptr<Scan>> scans;
  for (size_t i = 0; i < parts; ++i) {
    scans.push_back(std::make_unique<RowListScan>(rows_, rows_->size() * i / parts,
                                                  rows_->size() * (i + 1) / parts,
                                                  i == 0 ? damage_ : FindingList()));
  }
  return scans;
}

}  // namespace etcdf::backend
