#include "apply/key_requests.h"

#include <algorithm>
#include <compare>

namespace etcdf::apply {
namespace {

// Of Compare: the fields of its target's value, and the targets and results.
enum CompareTarget : uint64_t { kVersion = 0, kCreate = 1, kMod = 2, kValue = 3, kLease = 4 };
constexpr uint32_t kFirstUnionField = 4;  // version, create, mod, value, lease
enum CompareResult : uint64_t { kEqual = 0, kGreater = 1, kLess = 2, kNotEqual = 3 };

std::strong_ordering CompareNumbers(int64_t stored, uint64_t given) {
  return stored <=> static_cast<int64_t>(given);
}

std::strong_ordering CompareStored(const StoredRow& row, raft::MessageView compare,
                                   const Rules& rules) {
  const uint64_t target = compare.Number(2);
  if (target > kLease) return std::strong_ordering::equal;
  const auto field = kFirstUnionField + static_cast<uint32_t>(target);
  if (!rules.compares_with_zero && !compare.Has(field)) return std::strong_ordering::equal;
  switch (target) {
    case kVersion: return CompareNumbers(row.version, compare.Number(field));
    case kCreate: return CompareNumbers(row.create_revision, compare.Number(field));
    case kMod: return CompareNumbers(row.revision.main, compare.Number(field));
    case kLease: return CompareNumbers(row.lease, compare.Number(field));
    default: return AsText(row.value) <=> AsText(compare.BytesOf(field));
  }
}

bool RowHolds(const StoredRow& row, raft::MessageView compare, const Rules& rules) {
  const auto order = CompareStored(row, compare, rules);
  switch (compare.Number(1)) {
    case kEqual: return std::is_eq(order);
    case kGreater: return std::is_gt(order);
    case kLess: return std::is_lt(order);
    case kNotEqual: return std::is_neq(order);
    default: return true;
  }
}

}  // namespace

Refusal KeyRequests::CheckPut(raft::MessageView put) const {
  const auto lease = static_cast<int64_t>(put.Number(3));
  if (lease != 0 && !leases_.Exists(lease)) return Refusal::kLeaseNotFound;
  const bool needs_row = put.Number(5) != 0 || put.Number(6) != 0;
  if (needs_row && keys_.Find(put.BytesOf(1)) == nullptr) return Refusal::kKeyNotFound;
  return Refusal::kNone;
}

Refusal KeyRequests::Put(raft::MessageView request) {
  const Refusal refusal = CheckPut(request);
  if (refusal != Refusal::kNone) return refusal;
  const Bytes key = request.BytesOf(1);
  Bytes value = request.BytesOf(2);
  auto lease = static_cast<int64_t>(request.Number(3));
  const bool ignore_value = request.Number(5) != 0;
  const bool ignore_lease = request.Number(6) != 0;
  if (ignore_value || ignore_lease) {
    const StoredRow& stored = *keys_.Find(key);
    if (ignore_value) value = stored.value;
    if (ignore_lease) lease = stored.lease;
  }
  keys_.Put(key, value, lease, lease != 0 && leases_.Exists(lease));
  return Refusal::kNone;
}

Refusal KeyRequests::Delete(raft::MessageView request) {
  keys_.Delete({.key = request.BytesOf(1), .range_end = request.BytesOf(2)});
  return Refusal::kNone;
}

bool KeyRequests::Holds(raft::MessageView compare) const {
  const raft::KeyRange range{.key = compare.BytesOf(3), .range_end = compare.BytesOf(64)};
  bool any = false;
  const bool all_hold = keys_.ForEachLive(range, [&](const StoredRow& row) {
    any = true;
    return RowHolds(row, compare, rules_);
  });
  if (any) return all_hold;
  // A value that is not there cannot be told from an empty one, so it never compares.
  return compare.Number(2) != kValue && RowHolds(StoredRow(), compare, rules_);
}

void KeyRequests::ChooseBranches(raft::MessageView txn) {
  bool succeeded = true;
  ForEachMessage(txn, 1,
                 [&](raft::MessageView compare) { succeeded = succeeded && Holds(compare); });
  branches_.push_back(succeeded);
  ForEachOp(txn, succeeded, [&](uint32_t kind, raft::MessageView request) {
    if (kind == kOpTxn) ChooseBranches(request);
    return Refusal::kNone;
  });
}

Refusal KeyRequests::CheckRange(raft::MessageView range) const {
  const auto revision = static_cast<int64_t>(range.Number(4));
  if (revision == 0) return Refusal::kNone;
  if (revision > keys_.current_revision()) return Refusal::kFutureRevision;
  return revision < keys_.compact_revision() ? Refusal::kCompacted : Refusal::kNone;
}

Refusal KeyRequests::CheckTxn(raft::MessageView txn, Level level, TxnVerdict& verdict) {
  return ForEachOp(txn, NextBranch(), [&](uint32_t kind, raft::MessageView request) {
    if (kind == kOpPut) return CheckPut(request);
    if (kind == kOpTxn) return CheckTxn(request, Level::kNested, verdict);
    if (kind != kOpRange) return Refusal::kNone;
    const Refusal refusal = CheckRange(request);
    if (level == Level::kNested || !rules_.drops_unasked_ranges) return refusal;
    if (refusal != Refusal::kNone) verdict.refused_by_proposer = true;
    return Refusal::kNone;
  });
}

Refusal KeyRequests::Execute(raft::MessageView txn) {
  return ForEachOp(txn, NextBranch(), [&](uint32_t kind, raft::MessageView request) {
    switch (kind) {
      case kOpPut: return Put(request);
      case kOpDelete: return Delete(request);
      case kOpTxn: return Execute(request);
      default: return Refusal::kNone;
    }
  });
}

KeyRequests::TxnVerdict KeyRequests::Txn(raft::MessageView request) {
  TxnVerdict verdict;
  branches_.clear();
  ChooseBranches(request);
  next_branch_ = 0;
  verdict.refusal = CheckTxn(request, Level::kTop, verdict);
  if (verdict.refusal != Refusal::kNone) return verdict;
  next_branch_ = 0;
  const KeyStore::Mark before = keys_.mark();
  if (Execute(request) != Refusal::kNone) {
    // It deleted a key that it then puts with ignore_value. The API refuses such a request, and
    // etcd stops where one is logged all the same.
    keys_.RollBack(before);
    verdict.refusal = Refusal::kServerStops;
  }
  return verdict;
}

}  // namespace etcdf::apply
