#include "apply/key_access.h"

#include "apply/key_requests.h"

namespace etcdf::apply {

Refusal KeyAccess::CheckPut(const Requester& requester, raft::MessageView put) const {
  const raft::KeyRange key{.key = put.BytesOf(1), .range_end = {}};
  Refusal refusal = auth_.CheckAccess(requester, key, Access::kWrite);
  if (refusal == Refusal::kNone) {
    refusal = CheckLeaseKeys(requester, static_cast<int64_t>(put.Number(3)));
  }
  if (refusal == Refusal::kNone && put.Number(4) != 0) {
    refusal = auth_.CheckAccess(requester, key, Access::kRead);
  }
  return refusal;
}

Refusal KeyAccess::CheckDelete(const Requester& requester, raft::MessageView request) const {
  const raft::KeyRange range{.key = request.BytesOf(1), .range_end = request.BytesOf(2)};
  const Refusal refusal = auth_.CheckAccess(requester, range, Access::kWrite);
  if (refusal != Refusal::kNone || request.Number(3) == 0) return refusal;
  return auth_.CheckAccess(requester, range, Access::kRead);
}

Refusal KeyAccess::CheckLeaseKeys(const Requester& requester, int64_t lease) const {
  if (auth_.CheckAdmin(requester) == Refusal::kNone || !leases_.Exists(lease)) {
    return Refusal::kNone;
  }
  const auto* const attached = keys_.AttachedKeys(lease);
  if (attached == nullptr) return Refusal::kNone;
  for (const std::string_view key : *attached) {
    const Refusal refusal =
        auth_.CheckAccess(requester, {.key = AsBytes(key), .range_end = {}}, Access::kWrite);
    if (refusal != Refusal::kNone) return refusal;
  }
  return Refusal::kNone;
}

Refusal KeyAccess::CheckTxnPut(const Requester& requester, raft::MessageView put) const {
  if (rules_.authorises_txn_puts_fully) return CheckPut(requester, put);
  return auth_.CheckAccess(requester, {.key = put.BytesOf(1), .range_end = {}}, Access::kWrite);
}

Refusal KeyAccess::CheckTxnOp(const Requester& requester, uint32_t kind,
                              raft::MessageView request) const {
  switch (kind) {
    case kOpRange:
      return auth_.CheckAccess(
          requester, {.key = request.BytesOf(1), .range_end = request.BytesOf(2)}, Access::kRead);
    case kOpPut: return CheckTxnPut(requester, request);
    case kOpDelete: return CheckDelete(requester, request);
    default: return rules_.authorises_nested_txns ? CheckTxn(requester, request) : Refusal::kNone;
  }
}

Refusal KeyAccess::CheckTxn(const Requester& requester, raft::MessageView txn) const {
  if (!auth_.enabled()) return Refusal::kNone;
  Refusal refusal = Refusal::kNone;
  ForEachMessage(txn, 1, [&](raft::MessageView compare) {
    if (refusal != Refusal::kNone) return;
    refusal = auth_.CheckAccess(
        requester, {.key = compare.BytesOf(3), .range_end = compare.BytesOf(64)}, Access::kRead);
  });
  for (const bool succeeded : {true, false}) {
    if (refusal != Refusal::kNone) break;
    refusal = ForEachOp(txn, succeeded, [&](uint32_t kind, raft::MessageView request) {
      return CheckTxnOp(requester, kind, request);
    });
  }
  return refusal;
}

}  // namespace etcdf::apply
