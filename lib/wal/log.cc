#include "wal/log.h"

#include <algorithm>

#include "base/threads.h"
#include "wal/credible.h"
#include "wal/findings.h"
#include "wal/log_findings.h"

namespace etcdf::wal {
namespace {

// The segments to read for the entries after `start`: from the last whose name's index is <= start.
std::vector<io::SegmentFile> Choose(const std::vector<io::SegmentFile>& all,
                                    std::optional<uint64_t> start) {
  auto first = all.begin();
  if (start) {
    const auto covers = [&](const io::SegmentFile& file) { return file.name.index <= *start; };
    const auto found = std::find_if(all.rbegin(), all.rend(), covers);
    if (found != all.rend()) first = found.base() - 1;
  }
  return {first, all.end()};
}

}  // namespace

Result<Log> Log::Open(const io::DataDir& dir, std::optional<uint64_t> start,
                      FindingSink& findings) {
  if (dir.segments.empty()) {
    return Fail({.code = ErrorCode::kNotFound,
                 .what = "holds no raft log: there is no .wal file",
                 .subject = dir.wal_dir.empty() ? dir.path : dir.wal_dir});
  }
  Log log;
  log.extent_ = {.start = start, .is_directory = !dir.wal_dir.empty()};
  Error failed;
  for (const io::SegmentFile& file : Choose(dir.segments, start)) {
    auto mapped = io::MappedFile::Open(file.path, file.content);
    if (!mapped) {
      failed = mapped.error();
      findings.Report({.kind = io::kUnreadable,
                       .file = file.path,
                       .what = failed.Reason(),
                       .consequence = "the log is read without this segment"});
      continue;
    }
    log.files_.push_back(*std::move(mapped));
    log.segments_.push_back({.path = file.path, .name = file.name});
  }
  if (log.files_.empty()) return Fail(std::move(failed));
  return log;
}

uint64_t Log::bytes() const {
  uint64_t sum = 0;
  for (const io::MappedFile& file : files_) sum += file.bytes().size();
  return sum;
}

SegmentRole Log::RoleOf(size_t segment) const {
  if (segment + 1 < segments_.size()) return SegmentRole::kFinished;
  return files_[segment].in_use() ? SegmentRole::kLastAndInUse : SegmentRole::kLast;
}

void Log::Scan(FindingSink& findings, std::atomic<uint64_t>* bytes_done) {
  ScanSegments(bytes_done);
  JoinChunks();
  Summarise();
  if (files_.back().in_use()) {
    findings.Report(
        {.kind = kInUse,
         .file = files_.back().path(),
         .what = "a running etcd holds the segment",
         .consequence = "the end of the log may be in flight; nothing is locked or changed"});
  }
  ReportLogFindings(segments_, extent_, summary_, findings);
}

void Log::ScanSegments(std::atomic<uint64_t>* bytes_done) {
  RunOnThreads(CoreCount(), segments_.size(), [&](size_t i) {
    segments_[i].summary =
        ScanSegment(files_[i].bytes(), static_cast<uint32_t>(i), RoleOf(i), bytes_done);
  });
}

void Log::JoinChunks() {
  for (LogSegment& segment : segments_) {
    std::ranges::move(segment.summary.chunks, std::back_inserter(chunks_));
    segment.summary.chunks = {};
  }
  EntryId lowest{.index = UINT64_MAX};
  for (auto chunk = chunks_.rbegin(); chunk != chunks_.rend(); ++chunk) {
    chunk->lowest_later = lowest;
    if (chunk->lowest.index < lowest.index) lowest = chunk->lowest;
  }
}

void Log::Summarise() {
  bool has_metadata = false;
  std::vector<uint64_t>& members = summary_.member_ids;
  for (const LogSegment& segment : segments_) {
    const SegmentSummary& s = segment.summary;
    for (size_t type = 0; type < s.records_by_type.size(); ++type) {
      summary_.records_by_type[type] += s.records_by_type[type];
    }
    if (s.metadata && !has_metadata) {
      summary_.metadata = *s.metadata;
      has_metadata = true;
    }
    if (s.state_last) {
      summary_.state = *s.state_last;
    }
    summary_.commit = std::max(summary_.commit, s.commit);
    for (const SnapshotEvent& snapshot : s.snapshots) {
      summary_.commit = std::max(summary_.commit, snapshot.id.index);
    }
    members.insert(members.end(), s.member_ids.begin(), s.member_ids.end());
  }
  if (has_metadata) members.push_back(summary_.metadata.node_id);
  std::ranges::sort(members);
  members.erase(std::ranges::unique(members).begin(), members.end());
  summary_.entries = Count({});
}

bool Log::MayHold(const Chunk& chunk, const IndexRange& range) {
  if (chunk.entries == 0 || range.until <= range.after) return false;
  if (!chunk.sound || !chunk.consecutive) return true;
  return chunk.index_last > range.after && chunk.index_first <= range.until;
}

EntryCount Log::Count(const IndexRange& range) const {
  EntryCount count;
  if (range.until <= range.after) return count;
  const auto add = [&](uint64_t first, uint64_t last) {
    if (count.index_first == 0) count.index_first = first;
    count.live += last - first + 1;
    count.index_last = last;
  };
  std::vector<LogEntry> entries;
  for (const Chunk& chunk : chunks_) {
    if (!MayHold(chunk, range)) continue;
    if (chunk.sound && chunk.consecutive && chunk.index_last < chunk.lowest_later.index) {
      add(std::max(chunk.index_first, range.after + 1), std::min(chunk.index_last, range.until));
      continue;
    }
    ReadChunk(chunk, entries);
    for (const LogEntry& entry : entries) {
      const uint64_t index = entry.entry.index;
      if (!range.Holds(index)) continue;
      if (entry.superseded_by) {
        ++count.superseded;
      } else if (entry.may_supersede) {
        add(index, index);
      } else {
        ++count.live;  // shown, but its index says nothing about the log's extent
      }
    }
  }
  return count;
}

// Checksums that the scan found sound are not computed again.
SegmentReader Log::ReaderOf(const Chunk& chunk) const {
  return {files_[chunk.segment].bytes(), RoleOf(chunk.segment),
          chunk.sound ? Checking::kOff : Checking::kOn, nullptr, chunk.begin};
}

void Log::ReadChunk(const Chunk& chunk, std::vector<LogEntry>& entries) const {
  entries.clear();
  SegmentReader reader = ReaderOf(chunk);
  ScannedRecord scanned;
  uint64_t commit = chunk.commit;
  while (reader.position().at < chunk.end && reader.Next(scanned)) {
    if (scanned.record.type == RecordType::kState && reader.position().after_damage) {
      const auto state = wire::DecodeHardState(scanned.record.data);
      const bool counts = state && IsCredible(*state, scanned.record.data) &&
                          scanned.crc_state != CrcState::kMismatch;
      if (counts) commit = std::max(commit, state->commit);
    }
    if (scanned.record.type != RecordType::kEntry) continue;
    const auto entry = wire::DecodeEntry(scanned.record.data);
    if (!entry || !IsCredible(*entry)) continue;  // reported by the scan
    entries.push_back({.entry = *entry,
                       .segment = chunk.segment,
                       .at = scanned.at,
                       .end = scanned.end,
                       .crc_state = scanned.crc_state,
                       .after_damage = scanned.after_damage,
                       .may_supersede = MaySupersede(scanned, entry->index, commit)});
  }
  // Backwards: what comes later decides. An entry whose index is not to be relied on is shown in
  // any case.
  EntryId lowest = chunk.lowest_later;
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (!entry->may_supersede) continue;
    const EntryId id{.index = entry->entry.index, .term = entry->entry.term};
    if (lowest.index <= id.index) {
      entry->superseded_by = lowest.term;
    } else {
      lowest = id;
    }
  }
}

void Log::ReadRecords(const Chunk& chunk, std::vector<ScannedRecord>& records) const {
  records.clear();
  SegmentReader reader = ReaderOf(chunk);
  ScannedRecord scanned;
  while (reader.position().at < chunk.end && reader.Next(scanned)) records.push_back(scanned);
}

void Log::ReportFaults(FindingSink& findings) const {
  for (size_t i = 0; i < files_.size(); ++i) {
    auto fault = files_[i].Fault();
    if (!fault) continue;
    // A running etcd cuts the preallocated space off a segment that it has filled.
    const bool only_zeros_cut =
        fault->kind.id == io::kFileShrank.id && *fault->offset >= segments_[i].summary.tail.at;
    if (!only_zeros_cut) findings.Report(*std::move(fault));
  }
}

}  // namespace etcdf::wal
