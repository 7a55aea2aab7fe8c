// A member's log, applied to a store.
#pragma once

#include <functional>

#include "apply/member_store.h"
#include "wal/log.h"

namespace etcdf::replay {

// Calls `visit` for the entries of `range` that raft's log still has, by index, until it returns
// false. `log` has been scanned. The entries' data are views into the log.
void ForEachEntry(const wal::Log& log, const wal::IndexRange& range,
                  const std::function<bool(const wire::Entry&)>& visit);

// The same from the last to the first.
void ForEachEntryBack(const wal::Log& log, const wal::IndexRange& range,
                      const std::function<bool(const wire::Entry&)>& visit);

// Applies them all.
void Replay(const wal::Log& log, const wal::IndexRange& range, apply::MemberStore& store);

}  // namespace etcdf::replay
