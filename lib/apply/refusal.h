// Why a committed entry had no effect.
#pragma once

#include <cstdint>
#include <string_view>

namespace etcdf::apply {

enum class Refusal : uint8_t {
  kNone,  // not refused
  kKeyNotFound,
  kLeaseNotFound,
  kLeaseExists,
  kLeaseTtlTooLarge,
  kCompacted,
  kFutureRevision,
  kNoSpace,
  kCorrupt,
  kUserEmpty,
  kUserNotFound,
  kUserExists,
  kPermissionDenied,
  kOldAuthRevision,
  kRootUserMissing,
  kRootRoleMissing,
  kInvalidAuthManagement,
  kRoleEmpty,
  kRoleNotFound,
  kRoleExists,
  kRoleNotGranted,
  kPermissionNotGiven,
  kPermissionNotGranted,
  kBadPassword,
  kMemberRemoved,
  kMemberExists,
  kMemberNotFound,
  kMemberNotLearner,
  kPeerUrlExists,
  kTooManyLearners,
  kServerStops,  // etcd itself panics at such an entry
};

// What etcd answers, without its prefix: "lease not found". Static text; empty for kNone.
std::string_view RefusalText(Refusal refusal);

}  // namespace etcdf::apply
