// Which entries change keys only.
#pragma once

#include "raft/payload.h"
#include "wire/raft_records.h"

namespace etcdf::apply {

// Whether applying the entry leaves every bucket but `key`, and its traces in `meta`, as it is. Of
// v2 requests, /1 is what users stored, which is in no bucket (etcd v3.6.9,
// server/etcdserver/server.go, StoreKeysPrefix). `payload` is reused.
bool ChangesKeysOnly(const wire::Entry& entry, raft::Payload& payload);

}  // namespace etcdf::apply
