#include "replay/replay.h"

#include <vector>

namespace etcdf::replay {

// Without the entries that were overwritten, file order is the order of indexes.
void ForEachEntry(const wal::Log& log, const wal::IndexRange& range,
                  const std::function<bool(const wire::Entry&)>& visit) {
  std::vector<wal::LogEntry> entries;
  for (const wal::Chunk& chunk : log.chunks()) {
    if (!wal::Log::MayHold(chunk, range)) continue;
    log.ReadChunk(chunk, entries);
    for (const wal::LogEntry& entry : entries) {
      if (entry.superseded_by || !range.Holds(entry.entry.index)) continue;
      if (!visit(entry.entry)) return;
    }
  }
}

void ForEachEntryBack(const wal::Log& log, const wal::IndexRange& range,
                      const std::function<bool(const wire::Entry&)>& visit) {
  std::vector<wal::LogEntry> entries;
  for (auto chunk = log.chunks().rbegin(); chunk != log.chunks().rend(); ++chunk) {
    if (!wal::Log::MayHold(*chunk, range)) continue;
    log.ReadChunk(*chunk, entries);
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
      if (entry->superseded_by || !range.Holds(entry->entry.index)) continue;
      if (!visit(entry->entry)) return;
    }
  }
}

void Replay(const wal::Log& log, const wal::IndexRange& range, apply::MemberStore& store) {
  ForEachEntry(log, range, [&](const wire::Entry& entry) {
    store.Apply(entry);
    return true;
  });
}

}  // namespace etcdf::replay
