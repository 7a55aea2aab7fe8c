// A row of the bucket `key`, decoded.
#pragma once

#include <optional>
#include <string_view>

#include "backend/backend.h"
#include "base/finding.h"
#include "mvcc/key_value.h"
#include "mvcc/revision.h"

namespace etcdf::mvcc {

struct KeyRow {
  RowRevision at;
  KeyValue kv;  // of a tombstone, only the key
};

// Reports kBadRowKey and returns nothing where the row's key is no revision.
std::optional<RowRevision> DecodeRowKey(const backend::Row& row, std::string_view file,
                                        FindingSink& findings);

// Reports kBadRowKey or kBadRowValue and returns nothing where etcd would stop: what is not a
// revision, and a value that is not a KeyValue.
std::optional<KeyRow> DecodeKeyRow(const backend::Row& row, std::string_view file,
                                   FindingSink& findings);

}  // namespace etcdf::mvcc
