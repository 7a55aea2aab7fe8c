// A store held against a database, row by row and byte by byte.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "apply/member_store.h"
#include "mvcc/store.h"

namespace etcdf::apply {

struct Difference {
  enum class Kind : uint8_t { kOnlyInStore, kOnlyInDatabase, kOtherValue };

  Kind kind;
  std::string_view bucket;
  std::string key;
};

struct Comparison {
  static constexpr size_t kKeptMax = 100;

  uint64_t rows_equal = 0;
  uint64_t rows_different = 0;
  std::vector<Difference> first;  // of the different ones, at most kKeptMax

  bool equal() const { return rows_different == 0; }
};

// Bucket `key`. What a compaction that was cut short has not yet removed from the database is no
// difference, nor is one for which `is_known`, if it is given, returns true.
Comparison CompareKeys(const MemberStore& store, const mvcc::Store& database,
                       const std::function<bool(const Difference&)>& is_known = {});

// All buckets of tables.h. Of rows that the log does not tell whole (TableRow::reproducible), what
// it tells is compared.
Comparison CompareTables(const MemberStore& store, const mvcc::Store& database);

}  // namespace etcdf::apply
