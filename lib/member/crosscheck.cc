#include "member/crosscheck.h"

#include <algorithm>
#include <map>

#include "member/membership.h"
#include "member/restored.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/status.h"

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

// The term of raft's entry at `index`, if the log has one.
std::optional<uint64_t> TermOf(const wal::Log& log, uint64_t index) {
  const wal::IndexRange range{.after = index - 1, .until = index};
  std::vector<wal::LogEntry> entries;
  for (const wal::Chunk& chunk : log.chunks()) {
    if (!wal::Log::MayHold(chunk, range)) continue;
    log.ReadChunk(chunk, entries);
    for (const wal::LogEntry& entry : entries) {
      const bool trusted = entry.crc_state != wal::CrcState::kMismatch && !entry.after_damage;
      if (entry.entry.index == index && !entry.superseded_by && trusted) return entry.entry.term;
    }
  }
  return std::nullopt;
}

// Of the log's snapshot records; 0 without any.
uint64_t NewestSnapshot(const wal::Log& log) {
  uint64_t newest = 0;
  for (const wal::LogSegment& segment : log.segments()) {
    for (const wal::SnapshotEvent& event : segment.summary.snapshots) {
      newest = std::max(newest, event.id.index);
    }
  }
  return newest;
}

void ReportBeyond(const snapfile::SnapFile& snap, uint64_t index_last, FindingSink& findings) {
  findings.Report(
      {.kind = kSnapBeyondLog,
       .file = snap.path,
       .what = "the log ends at index " + std::to_string(index_last) +
               " and has no record of this snapshot (" +
               Text(snap.snapshot.index, snap.snapshot.term) + "), nor of a newer one",
       .consequence = "the end of the log is missing: committed entries are lost here"});
}

// `ahead` is what a database ahead of the log is reported as.
void HoldAppliedIndex(const wal::Log& log, const mvcc::Store& database, const FindingKind& ahead) {
  const mvcc::Status status = mvcc::ReadStatus(database);
  const uint64_t applied = status.consistent_index.value_or(0);
  if (applied == 0) return;
  const wal::EntryCount entries = log.summary().entries;
  const uint64_t end = std::max(entries.index_last, NewestSnapshot(log));
  const std::string counts = "the database counts entry " + std::to_string(applied) + " as applied";
  if (applied > end) {
    database.findings.Report(
        {.kind = ahead,
         .file = database.file,
         .what = counts + ", and the log ends at " + std::to_string(end),
         .consequence = "the log lost its end, or one of the two was put back from another time",
         .figures = {{"index", applied}, {"index_last", end}}});
  } else if (applied < entries.index_first && entries.index_first - applied > 1) {
    database.findings.Report(
        {.kind = kDatabaseBehind,
         .file = database.file,
         .what = counts + ", and the log begins at " + std::to_string(entries.index_first),
         .consequence = "the entries between are neither in the one nor in the other",
         .figures = {{"index", applied}}});
  }
  const auto term = TermOf(log, applied);
  if (term && status.term && *term != *status.term) {
    database.findings.Report(
        {.kind = kDatabaseTerm,
         .file = database.file,
         .what = counts + " in term " + std::to_string(*status.term) +
                 ", and in the log that entry is of term " + std::to_string(*term),
         .consequence = "the database applied another entry there: it is not of this log"});
  }
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
  const uint64_t index_last = log.summary().entries.index_last;
  for (const snapfile::SnapFile& snap : snaps) {
    const uint64_t index = snap.snapshot.index;
    const auto record = records.find(index);
    if (record == records.end()) {
      if (index < first_covered) continue;  // its record went with a purged segment
      if (&snap != &snaps.front() && index > index_last) {
        ReportBeyond(snap, index_last, findings);
        continue;
      }
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

void CrossCheckDatabase(const wal::Log& log, const mvcc::Store& database) {
  HoldAppliedIndex(log, database, kDatabaseAhead);
  mvcc::UnheardFindings unheard;  // what is wrong with the status has been told
  const mvcc::Status status = mvcc::ReadStatus({database.database, database.file, unheard});
  if (status.consistent_index.value_or(0) == 0) return;
  MembershipSources sources{
      .buckets = ReadMemberBuckets(database.database, database.file, database.findings),
      .buckets_are_whole = status.members && status.members_removed};
  if (const auto state =
          status.conf_state ? ParseConfStateJson(*status.conf_state) : std::nullopt) {
    const Membership conf_state = MembershipOf(*state);
    const DatabaseCount count{.applied = *status.consistent_index, .revision = status.revision};
    if (MayPredateRestore(conf_state, sources.buckets, count, &log)) return;
    sources.conf_state = conf_state;
    CompareMemberships(sources, database.file, database.findings);
  }
}

void CheckAppliedIndex(const wal::Log& log, const mvcc::Store& database) {
  const bool is_torn =
      !log.segments().empty() && log.segments().back().summary.tail.kind == wal::Tail::Kind::kTorn;
  HoldAppliedIndex(log, database, is_torn ? kDatabaseAheadOfTorn : kDatabaseAhead);
}

void CheckContinuation(const wal::Log& log, const snapfile::SnapFile& snap, FindingSink& findings) {
  const uint64_t index = snap.snapshot.index;
  const wal::EntryCount behind = log.Count({.after = index});
  if (behind.index_first <= index || behind.index_first - index == 1) return;
  findings.Report({.kind = kSnapNotContinued,
                   .file = log.segments().front().path,
                   .what = "the snapshot ends at index " + std::to_string(index) +
                           ", and the log goes on at " + std::to_string(behind.index_first),
                   .consequence = "the entries between are neither in the one nor in the other"});
}

}  // namespace etcdf::member
