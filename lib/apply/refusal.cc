#include "apply/refusal.h"

namespace etcdf::apply {

// The texts of api/v3rpc/rpctypes/error.go and server/etcdserver/api/membership/errors.go, v3.6.9.
std::string_view RefusalText(Refusal refusal) {
  switch (refusal) {
    case Refusal::kNone: return "";
    case Refusal::kKeyNotFound: return "key not found";
    case Refusal::kLeaseNotFound: return "requested lease not found";
    case Refusal::kLeaseExists: return "lease already exists";
    case Refusal::kLeaseTtlTooLarge: return "too large lease TTL";
    case Refusal::kCompacted: return "required revision has been compacted";
    case Refusal::kFutureRevision: return "required revision is a future revision";
    case Refusal::kNoSpace: return "database space exceeded";
    case Refusal::kCorrupt: return "corrupt cluster";
    case Refusal::kUserEmpty: return "user name is empty";
    case Refusal::kUserNotFound: return "user name not found";
    case Refusal::kUserExists: return "user name already exists";
    case Refusal::kPermissionDenied: return "permission denied";
    case Refusal::kOldAuthRevision: return "revision of auth store is old";
    case Refusal::kRootUserMissing: return "root user does not exist";
    case Refusal::kRootRoleMissing: return "root user does not have root role";
    case Refusal::kInvalidAuthManagement: return "invalid auth management";
    case Refusal::kRoleEmpty: return "role name is empty";
    case Refusal::kRoleNotFound: return "role name not found";
    case Refusal::kRoleExists: return "role name already exists";
    case Refusal::kRoleNotGranted: return "role is not granted to the user";
    case Refusal::kPermissionNotGiven: return "permission not given";
    case Refusal::kPermissionNotGranted: return "permission is not granted to the role";
    case Refusal::kBadPassword: return "password cannot be decoded";
    case Refusal::kMemberRemoved: return "the member has been permanently removed from the cluster";
    case Refusal::kMemberExists: return "member ID already exists";
    case Refusal::kMemberNotFound: return "member not found";
    case Refusal::kMemberNotLearner: return "can only promote a learner member";
    case Refusal::kPeerUrlExists: return "peer URLs already exists";
    case Refusal::kTooManyLearners: return "too many learner members in cluster";
    case Refusal::kServerStops: return "the server stops at this entry";
  }
  return "";
}

}  // namespace etcdf::apply
