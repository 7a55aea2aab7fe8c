// Whether a requester may do what a request does to keys.
//
// (etcd v3.6.11, server/etcdserver/apply/apply_auth.go.)
#pragma once

#include "apply/auth.h"
#include "apply/key_store.h"
#include "apply/leases.h"
#include "apply/refusal.h"
#include "apply/rules.h"
#include "raft/message.h"

namespace etcdf::apply {

class KeyAccess {
 public:
  // Borrows all.
  KeyAccess(const Auth& auth, const KeyStore& keys, const Leases& leases, const Rules& rules)
      : auth_(auth), keys_(keys), leases_(leases), rules_(rules) {}

  Refusal CheckPut(const Requester& requester, raft::MessageView put) const;
  Refusal CheckDelete(const Requester& requester, raft::MessageView request) const;
  // Compares, and both branches, whichever is taken.
  Refusal CheckTxn(const Requester& requester, raft::MessageView txn) const;
  // Who may not write a key of the lease may neither revoke it nor attach more keys to it.
  Refusal CheckLeaseKeys(const Requester& requester, int64_t lease) const;

 private:
  Refusal CheckTxnPut(const Requester& requester, raft::MessageView put) const;
  Refusal CheckTxnOp(const Requester& requester, uint32_t kind, raft::MessageView request) const;

  const Auth& auth_;
  const KeyStore& keys_;
  const Leases& leases_;
  const Rules& rules_;
};

}  // namespace etcdf::apply
