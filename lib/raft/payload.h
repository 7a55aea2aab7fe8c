// What the data of a normal raft entry is: a request of the v3 API, one of the old v2 API, nothing,
// or something else.
//
// The entry does not say; etcd tries. (etcd v3.6.9, server/etcdserver/server.go applyEntryNormal,
// and tools/etcd-dump-logs/main.go.) First as an InternalRaftRequest, refusing at the slightest
// fault; then as a v2 Request. That works because a v2 request has its method at field 2, where a
// v3 request has a nested message, and no method's name is one.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "raft/message.h"

namespace etcdf::raft {

enum class PayloadKind : uint8_t {
  kEmpty,      // no data: what a new leader appends first
  kInternal,   // InternalRaftRequest
  kV2Request,  // a v2 Request by itself
  kUnknown,    // neither, or beyond the limits of message.h
};

// Reusable, like the Message it holds: decode one entry's data after the other.
class Payload {
 public:
  // `data` must outlive the use of what the accessors return.
  PayloadKind Decode(Bytes data);

  PayloadKind kind() const { return kind_; }

  // The request whole: an InternalRaftRequest or a v2 Request. A view of nothing for kUnknown; for
  // kEmpty a message without fields (which is what upstream's text shows).
  MessageView message() const { return message_.root(); }

  // The name of the field that holds the request: "put", "txn", "lease_grant", ...; "v2" for a v2
  // request in either form; "" where there is none. Should several be set, the one etcd applies.
  std::string_view request_name() const { return request_name_; }
  // The number of that field in InternalRaftRequest; 0 where there is none, 2 for "v2" in either
  // form.
  uint32_t request_number() const { return request_number_; }

  // The request itself: of kInternal the message in field request_name(), of kV2Request the whole.
  MessageView request() const { return request_; }

  // Of the header: 0 and empty where there is none. Before 3.1, and in v2 requests, the id stands
  // in the request itself.
  uint64_t request_id() const;
  Bytes username() const;
  uint64_t auth_revision() const;

 private:
  void ChooseRequest();

  Message message_;
  PayloadKind kind_ = PayloadKind::kEmpty;
  std::string_view request_name_;
  uint32_t request_number_ = 0;
  MessageView request_;
};

}  // namespace etcdf::raft
