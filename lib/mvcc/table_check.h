// Whether the rows of the small buckets (auth, alarm, cluster, meta) are such as etcd writes.
#pragma once

#include "mvcc/store.h"

namespace etcdf::mvcc {

// Reports
//   kUnknownRow   rows of `auth`, `cluster` and `meta` under names that no etcd from 3.0 to 3.7
//                 gives (v3.7.1, server/storage/schema/bucket.go)
//   kBadAuthRow   rows of `authUsers` and `authRoles` that hold no User or Role, or that of another
//                 name than their key (schema/auth_users.go and auth_roles.go)
//   kBadAlarmRow  rows of `alarm` whose key is no AlarmMember, or one of an unknown kind of alarm
//                 (schema/alarm.go)
// and any row that is marked as a bucket, which etcd keeps in none of them, in the same way. One
// finding for each bucket, with its first such row. Values of `meta` are ReadStatus' affair, leases
// CheckLeases', members lib/member's.
void CheckTables(const Store& store);

}  // namespace etcdf::mvcc
