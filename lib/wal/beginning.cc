#include "wal/beginning.h"

#include <algorithm>
#include <span>
#include <vector>

namespace etcdf::wal {
namespace {

constexpr uint64_t kFirstTerm = 1;

// Entries 1 to `count` are there, and each makes somebody a member.
bool AddsMembers(const Log& log, uint64_t count) {
  std::vector<LogEntry> entries;
  if (!log.chunks().empty()) log.ReadChunk(log.chunks().front(), entries);
  if (count == 0 || entries.size() < count) return false;
  uint64_t index = 0;
  return std::ranges::all_of(std::span(entries).first(count), [&index](const LogEntry& each) {
    return each.entry.index == ++index && each.entry.term == kFirstTerm &&
           each.entry.type == wire::EntryType::kConfChange;
  });
}

}  // namespace

Beginning BeginningOf(const Log& log) {
  if (log.segments().empty()) return {};
  const SegmentSummary& head = log.segments().front().summary;
  const auto restored = std::ranges::find_if(head.snapshots, [](const SnapshotEvent& snapshot) {
    return snapshot.id.term == kFirstTerm && snapshot.id.index > 0;
  });
  if (restored != head.snapshots.end() && AddsMembers(log, restored->id.index)) {
    return {.kind = BeginningKind::kRestore, .members = restored->id.index};
  }
  const bool begins_anew = head.state_first && head.state_first->term == kFirstTerm &&
                           AddsMembers(log, head.state_first->commit);
  if (!begins_anew) return {};
  const bool has_voted = head.state_first->vote != 0;
  return {.kind = has_voted ? BeginningKind::kRestore : BeginningKind::kBootstrap,
          .members = head.state_first->commit};
}

}  // namespace etcdf::wal
