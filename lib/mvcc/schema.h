// The buckets of etcd's database, and how their rows are encoded (etcd v3.6.9,
// server/storage/schema/*.go).
//
//   key              revision (revision.h)     mvccpb.KeyValue (key_value.h)
//   meta             one of the names below    numbers, revisions, JSON, text
//   lease            lease id, 8 bytes         leasepb.Lease
//   alarm            etcdserverpb.AlarmMember  empty
//   auth             name                      one byte, or 8 bytes
//   authUsers        user name                 authpb.User
//   authRoles        role name                 authpb.Role
//   members          member id in hex          JSON
//   members_removed  member id in hex          "removed"
//   cluster          name                      text, or JSON
//
// Numbers and ids are big-endian.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "backend/backend.h"
#include "base/bytes.h"
#include "raft/schema.h"

namespace etcdf::mvcc {

inline constexpr std::string_view kKeyBucket = "key";
inline constexpr std::string_view kMetaBucket = "meta";
inline constexpr std::string_view kLeaseBucket = "lease";
inline constexpr std::string_view kAlarmBucket = "alarm";
inline constexpr std::string_view kAuthBucket = "auth";
inline constexpr std::string_view kAuthUsersBucket = "authUsers";
inline constexpr std::string_view kAuthRolesBucket = "authRoles";
inline constexpr std::string_view kMembersBucket = "members";
inline constexpr std::string_view kMembersRemovedBucket = "members_removed";
inline constexpr std::string_view kClusterBucket = "cluster";

// Rows of `meta`.
inline constexpr std::string_view kConsistentIndexName = "consistent_index";
inline constexpr std::string_view kTermName = "term";                             // since 3.5
inline constexpr std::string_view kConfStateName = "confState";                   // since 3.5, JSON
inline constexpr std::string_view kStorageVersionName = "storageVersion";         // since 3.6
inline constexpr std::string_view kScheduledCompactName = "scheduledCompactRev";  // 17 bytes
inline constexpr std::string_view kFinishedCompactName = "finishedCompactRev";    // 17 bytes
// Rows of `auth`.
inline constexpr std::string_view kAuthEnabledName = "authEnabled";
inline constexpr std::string_view kAuthRevisionName = "authRevision";
// Rows of `cluster`.
inline constexpr std::string_view kClusterVersionName = "clusterVersion";
inline constexpr std::string_view kDowngradeName = "downgrade";  // since 3.5, JSON

// The protobuf message that a row of `bucket` holds; null where its rows hold none.
struct RowMessage {
  const raft::MessageSchema* schema = nullptr;
  bool is_key = false;  // the row's key is the message (bucket `alarm`), not its value
};
RowMessage RowMessageOf(std::string_view bucket);

// 8 bytes big-endian; nothing if it has another length.
std::optional<uint64_t> DecodeNumber(Bytes bytes);

// leasepb.Lease. `id` is the row's key as etcd writes it and the message's field; nothing where
// etcd's decoder would refuse the value.
struct Lease {
  int64_t id = 0;
  int64_t ttl_seconds = 0;
  // As of the last checkpoint that was stored; 0 where none was.
  int64_t remaining_ttl_seconds = 0;
};
std::optional<Lease> DecodeLease(Bytes value);

// How many rows the bucket has; nothing if damage hides some of them, or may hide the bucket.
std::optional<uint64_t> CountRows(const backend::Database& database, std::string_view bucket);

// The value of the row named `key`; nothing if there is no such bucket or row.
std::optional<Bytes> FindRow(const backend::Database& database, std::string_view bucket,
                             std::string_view key, FindingSink& findings);

}  // namespace etcdf::mvcc
