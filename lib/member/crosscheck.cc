#include "member/crosscheck.h"

#include <algorithm>
#include <map>

namespace etcdf::member {
namespace {

struct SnapshotRecord {
  uint64_t term;
  const std::string* segment;
  uint64_t at;
};

std::string Text(uint64_t index, uint64_t term) {
  return "index " + std::to_string(index) + ", term " + std::to_string(term);
}

}  // namespace

void CrossCheckSnapshots(const wal::Log& log, const std::vector<snapfile::SnapFile>& snaps,
                         FindingSink& findings) {
  std::map<uint64_t, SnapshotRecord> records;  // by index
  for (const wal::LogSegment& segment : log.segments()) {
    for (const wal::SnapshotEvent& event : segment.summary.snapshots) {
      records[event.id.index] = {event.id.term, &segment.path, event.at};
    }
  }
  const uint64_t first_covered = log.segments().front().name.index;
  for (const snapfile::SnapFile& snap : snaps) {
    const uint64_t index = snap.snapshot.index;
    const auto record = records.find(index);
    if (record == records.end()) {
      if (index < first_covered) continue;  // its record went with a purged segment
      findings.Report({.kind = kSnapOrphan,
                       .file = snap.path,
                       .what = "the log has no record of this snapshot (" +
                               Text(index, snap.snapshot.term) + ")",
                       .consequence =
                           "etcd does not use it; a crash right after the file was written "
                           "leaves this behind"});
    } else if (record->second.term != snap.snapshot.term) {
      findings.Report({.kind = kSnapTermMismatch,
                       .file = snap.path,
                       .what = "the snapshot says " + Text(index, snap.snapshot.term) +
                               ", its record in the log says term " +
                               std::to_string(record->second.term),
                       .consequence = "etcd does not use it; file and log are not of one history"});
    }
  }
  const auto recorded = [&](const snapfile::SnapFile& snap) {
    const auto found = records.find(snap.snapshot.index);
    return found != records.end() && found->second.term == snap.snapshot.term;
  };
  const bool starts_at_one = log.segments().front().name.sequence == 0;
  if (!starts_at_one && std::ranges::none_of(snaps, recorded)) {
    findings.Report({.kind = kSnapNoStart,
                     .file = log.segments().front().path,
                     .what = "the log begins near index " + std::to_string(first_covered) +
                             ", and no readable .snap file belongs to a snapshot that it records",
                     .consequence = "etcd up to 3.6 finds nothing to start from"});
    return;
  }
  if (records.empty() || records.rbegin()->first == 0) return;
  const auto& [newest, record] = *records.rbegin();
  if (snaps.empty() || snaps.front().snapshot.index < newest) {
    findings.Report({.kind = kSnapMissing,
                     .file = *record.segment,
                     .offset = record.at,
                     .what = "the log records a snapshot of " + Text(newest, record.term) +
                             ", and there is no readable .snap file of it",
                     .consequence = starts_at_one && snaps.empty()
                                        ? "etcd starts from the beginning of the log"
                                        : "etcd up to 3.6 starts from an older one"});
  }
}

void CheckContinuation(const wal::Log& log, const snapfile::SnapFile& snap, FindingSink& findings) {
  const uint64_t index = snap.snapshot.index;
  const wal::EntryCount behind = log.Count({.after = index});
  if (behind.index_first <= index + 1) return;
  findings.Report({.kind = kSnapNotContinued,
                   .file = log.segments().front().path,
                   .what = "the snapshot ends at index " + std::to_string(index) +
                           ", and the log goes on at " + std::to_string(behind.index_first),
                   .consequence = "the entries between are neither in the one nor in the other"});
}

}  // namespace etcdf::member
