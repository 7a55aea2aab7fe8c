// The raft log of a member, for the verbs that read more than its database.
#pragma once

#include <string>

#include "base/finding.h"
#include "base/result.h"
#include "wal/log.h"

namespace etcdf::dump_db {

// All of it, scanned. `data_dir` may be whatever io::FindDataDir takes; `wal_dir`, if not empty, is
// where the segments are. Errors: those of FindDataDir and wal::Log::Open.
Result<wal::Log> OpenLog(const std::string& data_dir, const std::string& wal_dir,
                         FindingSink& findings);

}  // namespace etcdf::dump_db
