// The live rows of a revision in an order of their own, in bounded memory: so many at a time as
// MemoryLimits says, in as many walks through the bucket as that takes.
#pragma once

#include <cstdint>
#include <functional>

#include "mvcc/key_row.h"
#include "mvcc/key_value.h"
#include "mvcc/live_rows.h"
#include "mvcc/store.h"

namespace etcdf::mvcc {

enum class RowOrder : uint8_t {
  kByKey,
  kByLease,  // as the rows of bucket `lease` stand; the keys of a lease by key
};

// Calls visit(row) with each live row that `wanted` wants, until it returns false. `wanted` may be
// called from several threads at once. `live` is of the same store, unchanged.
void VisitSorted(const Store& store, const LiveRows& live, RowOrder order,
                 const std::function<bool(const KeyValue&)>& wanted,
                 const std::function<bool(const KeyRow&)>& visit);

}  // namespace etcdf::mvcc
