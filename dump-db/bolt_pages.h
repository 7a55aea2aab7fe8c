// What the verbs that speak of bbolt's pages share.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "bolt/database.h"
#include "dump-db/verbs.h"
#include "output/json_writer.h"

namespace etcdf::dump_db {

// The database over the file's pages, through the meta page that was asked for. Whoever opened the
// evidence has reported what is wrong with it.
//
// Errors: those of bolt::Database::Open.
Result<std::unique_ptr<bolt::Database>> OpenBolt(const VerbContext& context);

// Reads every row of every bucket, on all cores, and reports the damage it meets. Returns how many
// rows each bucket has, in the order of bucket_names(); nothing of one that damage hides rows of.
std::vector<std::optional<uint64_t>> ReadAllRows(const bolt::Database& database,
                                                 FindingSink& findings);

// The fields of a meta page as members of an object, which the caller has begun.
void WriteMetaJson(output::JsonWriter& json, const bolt::Meta& meta);

// Passes findings on and counts those that are more than notes.
class CountingSink : public FindingSink {
 public:
  explicit CountingSink(FindingSink* next) : next_(next) {}
  void Report(Finding finding) override {
    if (finding.kind.severity != Severity::kNote) ++errors_;
    if (next_ != nullptr) next_->Report(std::move(finding));
  }
  uint64_t errors() const { return errors_; }

 private:
  FindingSink* next_;
  uint64_t errors_ = 0;
};

}  // namespace etcdf::dump_db
