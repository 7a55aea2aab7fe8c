#include "audit/consequences.h"

#include <optional>

#include "raft/payload.h"
#include "replay/contents.h"

namespace etcdf::audit {
namespace {

// Fields of InternalRaftRequest.
constexpr uint32_t kDeleteRange = 5;
constexpr uint32_t kLeaseRevoke = 9;

uint64_t EffectOf(const apply::Outcome& outcome) {
  constexpr uint64_t kMix = 0x9e3779b97f4a7c15;
  uint64_t hash = static_cast<uint64_t>(outcome.refusal);
  for (const apply::StoredRow& row : outcome.rows) {
    hash = hash * kMix + replay::HashContent(row.key, row.value) + (row.tombstone ? 1 : 0);
  }
  return hash;
}

// Whether the entry does something of its own whatever there is: deletes are as they find it.
bool IsItsOwn(const wire::Entry& entry, raft::Payload& payload) {
  if (entry.type != wire::EntryType::kNormal) return false;
  payload.Decode(entry.data);
  return payload.request_number() != kDeleteRange && payload.request_number() != kLeaseRevoke;
}

}  // namespace

void CountConsequences(Walk& walk, apply::MemberStore& faithful, size_t position,
                       std::vector<Anomaly>& anomalies) {
  const replay::Entries& entries = walk.entries();
  raft::Payload payload;
  // By position; nothing where it is not to be compared, or has been.
  std::vector<std::optional<uint64_t>> wanted(entries.size());
  for (; position < entries.size(); ++position) {
    const bool is_its_own = IsItsOwn(entries[position], payload);
    const uint64_t effect = EffectOf(faithful.Apply(entries[position]));
    if (is_its_own) wanted[position] = effect;
  }
  walk.GoBack(0);
  walk.Observe([&](const Step& step, const apply::Outcome& outcome) {
    auto& effect = wanted[step.position];
    if (step.edits > 0 && effect && *effect != EffectOf(outcome)) {
      ++anomalies[step.edits - 1].consequences;
    }
    effect.reset();
  });
  walk.Run();
  walk.Observe({});
}

}  // namespace etcdf::audit
