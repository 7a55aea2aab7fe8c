// A bbolt file as buckets and rows, read through one of its meta pages.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "base/finding.h"
#include "base/result.h"
#include "bolt/file.h"
#include "bolt/tree.h"

namespace etcdf::bolt {

class Database : public backend::Database {
 public:
  // Through meta page 0 or 1, or else through File::best_meta(), and reports what is wrong with
  // the file's length and the root bucket (File::ReportMetas says the rest). `file` outlives the
  // database.
  //
  // Errors: kMalformed (no meta page can be used, or not the one that was asked for).
  static Result<std::unique_ptr<Database>> Open(const File& file, std::optional<int> meta,
                                                FindingSink& findings);

  const File& file() const { return file_; }
  const Meta& meta() const { return file_.metas()[static_cast<size_t>(meta_index_)]; }
  int meta_index() const { return meta_index_; }
  // Where the names of the buckets are.
  const Tree& root() const { return root_; }
  // The top-level buckets, in the order of bucket_names().
  const std::vector<Tree>& buckets() const { return buckets_; }

  backend::Engine engine() const override { return backend::Engine::kBolt; }
  uint64_t size_bytes() const override;
  const std::vector<Bytes>& bucket_names() const override { return names_; }
  bool names_are_whole() const override { return names_are_whole_; }
  std::unique_ptr<backend::Bucket> Open(Bytes name) const override;

 private:
  Database(const File& file, int meta_index);
  void ReportTruncation(FindingSink& findings) const;
  void ReadBuckets(FindingSink& sink);
  // `count` rows on one page, the first of them with this key.
  void ReportStrayRows(Bytes first, uint64_t count, FindingSink& findings) const;

  const File& file_;
  int meta_index_;
  Tree root_;
  std::vector<Tree> buckets_;
  std::vector<Bytes> names_;
  bool names_are_whole_ = true;
};

// The rows of a leaf that are buckets, with what they hold. Reports those that hold none.
std::vector<Tree> NestedBuckets(const Tree& tree, const Page& leaf, FindingSink& findings);

}  // namespace etcdf::bolt
