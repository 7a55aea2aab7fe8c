// Which keys and leases a request touches, however deep in nested transactions.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/bytes.h"
#include "raft/message.h"

namespace etcdf::raft {

// A key, or all keys from `key` up to `range_end`. etcd v3.6.9, api/etcdserverpb/rpc.proto and
// server/storage/mvcc: without a range_end the key alone; with the single byte 0 every key from
// `key` on; otherwise the half-open interval [key, range_end).
struct KeyRange {
  Bytes key;
  Bytes range_end;

  bool is_single() const { return range_end.empty(); }
  bool is_unbounded() const { return range_end.size() == 1 && range_end[0] == 0; }

  bool Covers(Bytes wanted) const;
  // Whether any key that begins with `prefix` lies in the range.
  bool CoversSomeOf(Bytes prefix) const;
};

// What touches a key: the message in which the key stands, such as "PutRequest",
// "DeleteRangeRequest", "Compare", "Permission", or "Request" with its path of the v2 store.
struct KeyUse {
  KeyRange range;
  std::string_view message_name;
};

// Calls `visit` for every key or range in the message, in declaration order, until it returns
// false. Returns false if it did.
bool VisitKeys(MessageView message, const std::function<bool(const KeyUse&)>& visit);

// The same for every put of a key, however deep in nested transactions.
struct Put {
  Bytes key;
  Bytes value;
};
bool VisitPuts(MessageView message, const std::function<bool(const Put&)>& visit);

// The same for every lease id that is not 0 ("no lease"), as etcd's signed number.
bool VisitLeases(MessageView message, const std::function<bool(int64_t)>& visit);

// The same for every name of a user in the message, the header's included, that is not empty.
bool VisitUsers(MessageView message, const std::function<bool(Bytes)>& visit);

}  // namespace etcdf::raft
