// Leases and the keys attached to them. The attachment is stored nowhere but in the keys' own rows:
// the newest one names the lease (etcd v3.6.9, mvcc/kvstore.go, restoreChunk).
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "mvcc/schema.h"
#include "mvcc/store.h"

namespace etcdf::mvcc {

// What bucket `lease` says of a lease that keys are attached to.
enum class LeaseRow : uint8_t {
  kStored,
  kUnreadable,  // there is a row, and it holds no Lease
  kAbsent,
  kHidden,  // absent, and damage to the bucket may hide it
};
struct StoredLease {
  LeaseRow row = LeaseRow::kAbsent;
  Lease lease = {};  // where it is stored
};

// Told what there is, lease by lease, ascending by id as etcd stores them. Each returns false to
// end it.
class LeaseVisitor {
 public:
  virtual ~LeaseVisitor() = default;
  virtual bool BeginLease(uint64_t id, const StoredLease& stored) = 0;
  // A key of the lease begun last; ascending.
  virtual bool AttachedKey(Bytes key) = 0;
  virtual bool EndLease() = 0;
};

// Reports kBadLease, kLeaseMissing and kLeaseWithoutKeys. In bounded memory.
void VisitLeases(const Store& store, LeaseVisitor& visitor);
// The same for the findings alone.
void CheckLeases(const Store& store);

}  // namespace etcdf::mvcc
