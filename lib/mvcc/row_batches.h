// The rows of bucket `key` in their order, some thousands at a time: for work that all cores share
// and that needs to know what earlier rows were.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "mvcc/key_row.h"
#include "mvcc/store.h"

namespace etcdf::mvcc {

inline constexpr size_t kBatchRows = 1 << 14;

// Calls `visit` with the next rows until it returns false. Reports rows that cannot be read. Views
// stay valid as long as the database.
void VisitInBatches(const Store& store, const std::function<bool(std::span<const KeyRow>)>& visit,
                    size_t batch_rows = kBatchRows);

// Calls work(slice) with so many slices of 0 to `count` as there are cores, each in a thread of its
// own. Slices are in order.
struct Slice {
  size_t ordinal = 0;
  size_t begin = 0;
  size_t end = 0;
};
void WorkInSlices(size_t count, const std::function<void(const Slice&)>& work);

// How many slices there are at most.
size_t SliceCount();

}  // namespace etcdf::mvcc
