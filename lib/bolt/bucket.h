// A bucket of a bbolt file.
#pragma once

#include <memory>
#include <vector>

#include "backend/backend.h"
#include "bolt/tree.h"

namespace etcdf::bolt {

class Bucket : public backend::Bucket {
 public:
  // The file in `tree` outlives the bucket and all that it makes.
  explicit Bucket(Tree tree) : tree_(std::move(tree)) {}

  std::unique_ptr<backend::Cursor> NewCursor(FindingSink& findings) const override;
  // Walks through the bucket's branch pages and the headers of its leaves, once.
  std::vector<std::unique_ptr<backend::Scan>> Split(size_t parts,
                                                    FindingSink& findings) const override;

 private:
  Tree tree_;
};

}  // namespace etcdf::bolt
