// A database without what its values say, to be handed to a stranger.
#pragma once

#include <memory>

#include "dump-db/row_target.h"
#include "objects/decoder.h"

namespace etcdf::dump_db {

// Passes on every row with its key and its size: values of keys with their leaves overwritten
// (objects/hide_value.h), password hashes, rows that do not decode and rows of buckets that are
// none of etcd's as letters. `tools` must outlive the target.
std::unique_ptr<RowTarget> NewRedacting(const objects::Tools& tools,
                                        std::unique_ptr<RowTarget> target);

}  // namespace etcdf::dump_db
