// Leases and the keys attached to them. The attachment is stored nowhere but in the keys' own rows:
// the newest one names the lease (etcd v3.6.9, mvcc/kvstore.go, restoreChunk).
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "mvcc/schema.h"
#include "mvcc/store.h"

namespace etcdf::mvcc {

// Told what there is, lease by lease, ascending by id as etcd stores them. Each returns false to
// end it.
class LeaseVisitor {
 public:
  virtual ~LeaseVisitor() = default;
  // `stored` is null for a lease that has keys and no row of its own, or one that cannot be read.
  virtual bool BeginLease(uint64_t id, const std::optional<Lease>& stored) = 0;
  // A key of the lease begun last; ascending.
  virtual bool AttachedKey(Bytes key) = 0;
  virtual bool EndLease() = 0;
};

// Reports kBadLease, kLeaseMissing and kLeaseWithoutKeys. In bounded memory.
void VisitLeases(const Store& store, LeaseVisitor& visitor);
// The same for the findings alone.
void CheckLeases(const Store& store);

}  // namespace etcdf::mvcc
