#include "audit/entries.h"

#include "apply/replay.h"
#include "raft/payload.h"

namespace etcdf::audit {
namespace {

constexpr uint32_t kCompaction = 7;  // field of InternalRaftRequest

}  // namespace

Entries::Entries(const wal::Log& log, uint64_t until) : until_(until) {
  raft::Payload payload;
  apply::ForEachEntry(log, {}, [&](const wire::Entry& entry) {
    if (entry.index <= until) {
      if (!entries_.empty() && entry.index != entries_.back().index + 1) entries_.clear();
      entries_.push_back(entry);
    } else if (entry.type == wire::EntryType::kNormal) {
      payload.Decode(entry.data);
      if (payload.request_number() == kCompaction) behind_.push_back(entry);
    }
    return true;
  });
}

}  // namespace etcdf::audit
