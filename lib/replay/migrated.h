// Rows that no entry wrote: `etcdctl migrate` (3.0 to 3.4) makes them of the keys of the v2 API,
// with no etcd running.
#pragma once

#include <cstdint>

#include "replay/entries.h"
#include "replay/stored_rows.h"

namespace etcdf::replay {

// The revision of the last of them; 0 if there are none.
//
// Each has the index at which v2 changed its key as revision, that at which v2 created it as create
// revision, and version 1 (etcd v3.4.23, etcdctl/ctlv3/command/migrate_command.go). etcd itself
// creates what it writes with version 1; and one row at least must be what a v2 request put. An
// application that writes to both APIs leaves such rows, too: ask only where nothing that is stored
// follows from an empty store.
int64_t LastMigrated(const Entries& entries, const StoredRows& rows);

}  // namespace etcdf::replay
