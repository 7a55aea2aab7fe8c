// What a member says over its JSON gateway, read from the text of its answers (etcd v3.6.9,
// api/etcdserverpb/rpc.proto).
//
// Versions differ in the JSON they write: 64-bit integers are strings or numbers, zeros are written
// or left out, newer fields are missing. All of that is read; a field of a wrong type or a number
// that does not fit makes the whole answer malformed.
//
// Errors of all functions: kMalformed; the subject names the field, if it is one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace etcdf::live {

// etcdserverpb.ResponseHeader. The answer of a peer URL has only the revision.
struct Header {
  uint64_t cluster_id = 0;
  uint64_t member_id = 0;
  int64_t revision = 0;
  uint64_t raft_term = 0;
};

// etcdserverpb.StatusResponse.
struct MemberStatus {
  Header header;
  std::string version = {};  // of the server: "3.4.23"
  int64_t db_size_bytes = 0;
  int64_t db_size_in_use_bytes = 0;
  uint64_t leader = 0;  // the leader's member id; 0: the member knows none
  uint64_t raft_index = 0;
  uint64_t raft_term = 0;
  uint64_t raft_applied_index = 0;
  bool is_learner = false;
  std::vector<std::string> errors = {};  // alarms and the like, in etcd's words
  std::string storage_version = {};      // "3.6.0"; empty before 3.6
};
// An answer without version or member id is none of etcd's.
Result<MemberStatus> ParseStatus(std::string_view answer);

// etcdserverpb.HashKVResponse.
struct KvHash {
  Header header;
  uint32_t hash = 0;
  int64_t compact_revision = 0;  // -1: never compacted
  // What was hashed up to. Since 3.6; older members do not say which revision they took when they
  // were asked for the latest.
  std::optional<int64_t> hash_revision = {};
};
// Of the client URL and of the peer URL alike.
Result<KvHash> ParseKvHash(std::string_view answer);

// The token of an AuthenticateResponse: printable characters without blanks, so that it can stand
// in a header.
Result<std::string> ParseToken(std::string_view answer);

// The peer URLs of the member of that id, from a MemberListResponse; none if it is not listed.
Result<std::vector<std::string>> ParsePeerUrls(std::string_view answer, uint64_t member_id);

// What an answer with a status of 400 or above says, for a message: the text of the gateway's error
// object, or the beginning of whatever else it is, made printable.
std::string RefusalText(std::string_view answer);

}  // namespace etcdf::live
