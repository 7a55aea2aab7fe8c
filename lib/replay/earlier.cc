#include "replay/earlier.h"

#include "raft/key_range.h"

namespace etcdf::replay {
namespace {

// Numbers of the fields of InternalRaftRequest.
enum Request : uint32_t {
  kLeaseGrant = 8,
  kAlarm = 10,
  kAuthEnable = 1000,
  kAuthDisable = 1011,
  kAuthLast = 1204,
};

void TakeAlarm(raft::MessageView request, Earlier& earlier) {
  constexpr uint64_t kActivate = 1;
  constexpr uint64_t kDeactivate = 2;
  const uint64_t action = request.Number(1);
  if (action != kActivate && action != kDeactivate) return;
  earlier.alarms.try_emplace({request.Number(2), request.Number(3)}, action == kDeactivate);
}

}  // namespace

Earlier StateBefore(std::span<const wire::Entry> later) {
  Earlier earlier;
  raft::Payload payload;
  for (const wire::Entry& entry : later) {
    if (entry.type != wire::EntryType::kNormal) continue;
    payload.Decode(entry.data);
    const uint32_t number = payload.request_number();
    if (number == kLeaseGrant) {
      const auto id = static_cast<int64_t>(payload.request().Number(2));
      if (!earlier.leases_used.contains(id)) earlier.leases_granted.insert(id);
    } else if (payload.kind() == raft::PayloadKind::kInternal) {
      raft::VisitLeases(payload.request(), [&](int64_t id) {
        if (!earlier.leases_granted.contains(id)) earlier.leases_used.insert(id);
        return true;
      });
    }
    if (number == kAlarm) TakeAlarm(payload.request(), earlier);
    if (!earlier.auth_enabled && (number == kAuthEnable || number == kAuthDisable)) {
      earlier.auth_enabled = number == kAuthDisable;
    }
    earlier.auth_changes += number > kAuthEnable && number <= kAuthLast ? 1 : 0;
  }
  return earlier;
}

}  // namespace etcdf::replay
