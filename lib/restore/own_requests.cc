#include "restore/own_requests.h"

#include <vector>

#include "raft/payload.h"
#include "raft/request_id.h"

namespace etcdf::restore {

OwnRequests FindRequestsOf(uint64_t node, const wal::Log& log, const wal::IndexRange& range) {
  OwnRequests own;
  raft::Payload payload;
  std::vector<wal::LogEntry> entries;
  for (const wal::Chunk& chunk : log.chunks()) {
    if (!wal::Log::MayHold(chunk, range)) continue;
    log.ReadChunk(chunk, entries);
    for (const wal::LogEntry& logged : entries) {
      const wire::Entry& entry = logged.entry;
      if (logged.superseded_by || !range.Holds(entry.index)) continue;
      if (entry.type != wire::EntryType::kNormal || entry.data.empty()) continue;
      payload.Decode(entry.data);
      const uint64_t id = payload.request_id();
      if (id == 0 || !raft::MayComeFrom(id, node)) continue;
      ++own.count;
      own.index_last = entry.index;
    }
  }
  return own;
}

}  // namespace etcdf::restore
