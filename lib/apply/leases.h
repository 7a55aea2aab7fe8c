// The leases of a member. Which keys are attached to them is the key store's to know.
//
// (etcd v3.6.9, server/lease/lessor.go.)
#pragma once

#include <cstdint>
#include <string>

#include "apply/key_store.h"
#include "apply/refusal.h"
#include "apply/rules.h"
#include "apply/tables.h"
#include "raft/message.h"

namespace etcdf::apply {

class Leases {
 public:
  // Borrows all three.
  Leases(Tables& tables, KeyStore& keys, const Rules& rules)
      : tables_(tables), keys_(keys), rules_(rules) {}

  // Of the lease's row in its table.
  static std::string KeyOf(int64_t id);

  bool Exists(int64_t id) const;
  // Makes it exist, with a TTL that is not known; unless it does, or `id` is 0.
  void Assume(int64_t id);

  // Requests: LeaseGrantRequest, LeaseRevokeRequest, LeaseCheckpointRequest. Revoking deletes the
  // attached keys; the caller commits that.
  Refusal Grant(raft::MessageView request);
  Refusal Revoke(raft::MessageView request);
  Refusal Checkpoint(raft::MessageView request);

 private:
  bool PersistsCheckpoints() const;

  Tables& tables_;
  KeyStore& keys_;
  const Rules& rules_;
};

}  // namespace etcdf::apply
