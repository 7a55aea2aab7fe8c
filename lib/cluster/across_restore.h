// Whether a restore lies between two members: then an index is another entry in each of them.
//
// `snapshot restore` keeps the rows and begins the log anew, in a cluster that may have the ids of
// the old one: they are made of the peers' URLs and a token (etcd v3.6.9,
// server/etcdserver/api/membership/cluster.go, genID). So neither indexes nor ids tell. What does
// is how the logs begin, what their entries hold, and how revisions go with entries: each entry
// makes at most one.
#pragma once

#include "cluster/member.h"

namespace etcdf::cluster {

// Its log begins with what `snapshot restore` writes, or it has more revisions than entries.
bool IsRestored(const Member& member);

// Also where it cannot be ruled out between a member that was restored and a database without a
// log. False where neither was restored.
bool IsAcrossRestore(const Member& a, const Member& b);

// Those of `members` whose indexes count the entries of the log of `member`, which is one of them.
std::vector<Member*> OfOneLog(const Member& member, const std::vector<Member*>& members);

}  // namespace etcdf::cluster
