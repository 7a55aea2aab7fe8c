// What entries tell of the state that they were applied to, where only a later one is stored.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "raft/payload.h"
#include "wire/raft_records.h"

namespace etcdf::replay {

// Of leases, auth and alarms as they were in front of the first of the entries. Members are not
// told: a change that is stored already is refused when it comes again, and has no effect on keys.
struct Earlier {
  std::set<int64_t> leases_granted = {};  // later, so that they were not there
  std::set<int64_t> leases_used = {};     // and not granted before, so that they were
  // By the first entry that changes it; nothing where none does.
  std::optional<bool> auth_enabled = {};
  uint64_t auth_changes = 0;  // at most so many, each of which counts the auth revision
  // By member and kind (AlarmType): whether the alarm was raised.
  std::map<std::pair<uint64_t, uint64_t>, bool> alarms = {};
};

Earlier StateBefore(std::span<const wire::Entry> later);

}  // namespace etcdf::replay
