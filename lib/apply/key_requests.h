// The requests that write keys: put, delete, transaction.
//
// (etcd v3.6.9, server/etcdserver/txn/txn.go.)
#pragma once

#include <cstdint>
#include <vector>

#include "apply/key_store.h"
#include "apply/leases.h"
#include "apply/refusal.h"
#include "apply/rules.h"
#include "raft/message.h"

namespace etcdf::apply {

// Each changes the store or refuses; the caller commits the changes.
class KeyRequests {
 public:
  // Borrows all three.
  KeyRequests(KeyStore& keys, const Leases& leases, const Rules& rules)
      : keys_(keys), leases_(leases), rules_(rules) {}

  Refusal Put(raft::MessageView request);
  Refusal Delete(raft::MessageView request);

  struct TxnVerdict {
    Refusal refusal = Refusal::kNone;
    // The member that proposed the transaction refused it: Rules::drops_unasked_ranges.
    bool refused_by_proposer = false;
  };
  // Compares see the store as it was before the transaction, and so do the checks of the operations
  // that follow from them; nothing is done unless all of them pass.
  TxnVerdict Txn(raft::MessageView request);

 private:
  enum class Level : uint8_t { kTop, kNested };

  bool Holds(raft::MessageView compare) const;
  void ChooseBranches(raft::MessageView txn);
  Refusal CheckPut(raft::MessageView put) const;
  Refusal CheckRange(raft::MessageView range) const;
  Refusal CheckTxn(raft::MessageView txn, Level level, TxnVerdict& verdict);
  Refusal Execute(raft::MessageView txn);
  bool NextBranch() { return branches_[next_branch_++]; }

  KeyStore& keys_;
  const Leases& leases_;
  const Rules& rules_;
  // Of the transaction and those in its chosen branches, in the order in which they stand there:
  // whether the compares held.
  std::vector<bool> branches_;
  size_t next_branch_ = 0;
};

// Numbers of the fields of RequestOp, as the callback below is given them.
enum OpKind : uint32_t { kOpRange = 1, kOpPut = 2, kOpDelete = 3, kOpTxn = 4 };

// Calls `visit(uint32_t kind, raft::MessageView request)` for each operation in one branch of the
// transaction, until it returns something else than kNone. Returns that.
template <typename Visit>
Refusal ForEachOp(raft::MessageView txn, bool succeeded, Visit visit) {
  const uint32_t branch = succeeded ? 2 : 3;
  for (const raft::FieldView field : txn) {
    if (field.schema().number != branch) continue;
    for (const raft::ValueView op : field) {
      for (const raft::FieldView request : op.message()) {
        const Refusal refusal = visit(request.schema().number, request.value().message());
        if (refusal != Refusal::kNone) return refusal;
      }
    }
  }
  return Refusal::kNone;
}

// The messages in a repeated field.
template <typename Visit>
void ForEachMessage(raft::MessageView message, uint32_t number, Visit visit) {
  for (const raft::FieldView field : message) {
    if (field.schema().number != number) continue;
    for (const raft::ValueView value : field) visit(value.message());
  }
}

}  // namespace etcdf::apply
