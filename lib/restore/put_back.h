// Members whose files are older than what the others know of them: a copy of an earlier time was
// put in their place, or a log lost its end.
//
// Two signs tell them from members that merely lag: others have more of their requests than were in
// flight (own_requests.h); or another one voted for them in a term that they have not heard of, and
// etcd writes the term down before it asks for votes (etcd v3.6.9, server/etcdserver/raft.go,
// start).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "cluster/commit.h"
#include "cluster/member.h"

namespace etcdf::restore {

struct PutBack {
  const cluster::Member* witness = nullptr;  // whose log tells so
  uint64_t log_end = 0;
  // Of the member's requests after its log's end; none if the vote is the sign.
  uint64_t requests = 0;
  uint64_t index_last = 0;
  // A term in which the witness voted for the member, and the last one that the member knows; 0 if
  // the requests are the sign.
  uint64_t vote_term = 0;
  uint64_t term = 0;
};

using Members = std::vector<std::unique_ptr<cluster::Member>>;

// What the logs of the others say of the member; nothing if it is not older than they know.
std::optional<PutBack> FindPutBack(const cluster::Member& member, const Members& members,
                                   const cluster::ClusterCommit& commit);

// Reports each such member, among its findings.
void CheckPutBack(const Members& members);

}  // namespace etcdf::restore
