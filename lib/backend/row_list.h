// A bucket whose rows lie in memory, in order.
#pragma once

#include <memory>
#include <vector>

#include "backend/backend.h"

namespace etcdf::backend {

class RowList final : public Bucket {
 public:
  // `rows` ascend by their keys. The first scan of every Split tells `damage`.
  explicit RowList(std::shared_ptr<const std::vector<Row>> rows, FindingList damage = {})
      : rows_(std::move(rows)), damage_(std::move(damage)) {}

  std::unique_ptr<Cursor> NewCursor(FindingSink& findings) const override;
  std::vector<std::unique_ptr<Scan>> Split(size_t parts, FindingSink& findings) const override;

 private:
  std::shared_ptr<const std::vector<Row>> rows_;
  FindingList damage_;
};

}  // namespace etcdf::backend
