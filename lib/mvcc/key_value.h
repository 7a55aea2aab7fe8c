// What a row of the bucket `key` holds: mvccpb.KeyValue (etcd v3.6.9, api/mvccpb/kv.proto).
//
// 6 million of them are read for one hash, so this is a reader of its own and not the generic one
// of raft/message.h, which a test holds it against.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace etcdf::mvcc {

struct KeyValue {
  Bytes key = {};
  int64_t create_revision = 0;
  int64_t mod_revision = 0;
  int64_t version = 0;
  Bytes value = {};
  int64_t lease = 0;
};

// Nothing where etcd's own decoder would refuse the bytes. The views point into `bytes`.
std::optional<KeyValue> ParseKeyValue(Bytes bytes);

}  // namespace etcdf::mvcc
