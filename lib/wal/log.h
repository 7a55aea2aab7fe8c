// A member's raft log: all its segments, as one sequence of records and as the log that raft sees.
//
// Physically a WAL only grows: when a new leader overwrites entries that were never committed, the
// old ones stay in the file and the new ones follow, with lower indexes and a higher term. Raft's
// log is what remains when every such overwrite is applied: an entry is *superseded* if any entry
// behind it has the same or a lower index. etcd's own reader applies this only above the snapshot
// it starts from, so its dump can show entries that raft had discarded; this one applies it always.
//
// Scan() reads everything once, in parallel by segment, and keeps a summary and a list of chunks;
// ReadChunk() and ReadRecords() then give the contents, a chunk at a time, in any order, from any
// thread. Memory does not depend on the entries: about 120 bytes per 256 KiB of log.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "base/result.h"
#include "io/data_dir.h"
#include "io/mapped_file.h"
#include "wal/log_findings.h"
#include "wal/segment_scan.h"

namespace etcdf::wal {

// An entry where it stands in the log.
struct LogEntry {
  wire::Entry entry = {};
  uint32_t segment = 0;
  uint64_t at = 0;  // of its frame
  uint64_t end = 0;
  CrcState crc_state = CrcState::kMatches;
  bool after_damage = false;
  bool may_supersede = true;  // see MaySupersede in segment_scan.h
  // The term of the entries that took its place, if it was overwritten.
  std::optional<uint64_t> superseded_by = {};
};

struct LogSegment {
  std::string path;
  io::SegmentName name;
  SegmentSummary summary = {};

  // Without directory.
  std::string FileName() const { return path.substr(path.rfind('/') + 1); }
};

// A stretch of raft's log by index.
struct IndexRange {
  uint64_t after = 0;           // exclusive
  uint64_t until = UINT64_MAX;  // inclusive

  bool Holds(uint64_t index) const { return index > after && index <= until; }
};

struct EntryCount {
  uint64_t live = 0;
  uint64_t superseded = 0;
  uint64_t index_first = 0;  // of the live ones; 0 if there are none
  uint64_t index_last = 0;
};

struct LogSummary {
  wire::Metadata metadata = {};
  wire::HardState state = {};  // the last one
  uint64_t commit = 0;         // the highest index known to be committed: hard states, snapshots
  EntryCount entries = {};     // of all that was read
  uint64_t index_trusted = 0;  // the last index before the first damage, or the last of all
  // From here on no snapshot takes the place of entries.
  uint64_t index_unbroken = 0;
  // Entries that were not known to be committed when a snapshot took the place of the log: raft
  // dropped them, and others of these indexes may have been committed since (raft v3.6.0, log.go,
  // restore). They stand in the file as if they were live.
  std::vector<IndexRange> dropped = {};
  std::array<uint64_t, 6> records_by_type = {};  // see SegmentSummary
  std::vector<uint64_t> member_ids = {};         // of all members that entries or metadata name
};

class Log {
 public:
  // Opens the segments that hold the entries after `start`: those from the last one whose name's
  // index is not above it, as etcd chooses them (server/storage/wal/util.go, searchIndex). Without
  // `start`, all. One that cannot be opened is reported (io.unreadable) and left out.
  //
  // Errors: kNotFound if the directory has no segment; those of MappedFile::Open if none of them
  // can be opened.
  static Result<Log> Open(const io::DataDir& dir, std::optional<uint64_t> start,
                          FindingSink& findings);

  // Reads everything and reports what is wrong. Call once, before anything below. `bytes_done`, if
  // not null, is advanced while it goes, up to summary().bytes.
  void Scan(FindingSink& findings, std::atomic<uint64_t>* bytes_done = nullptr);

  const LogSummary& summary() const { return summary_; }
  const std::vector<LogSegment>& segments() const { return segments_; }
  const std::vector<Chunk>& chunks() const { return chunks_; }
  // Of all segments read.
  uint64_t bytes() const;

  // How many entries the log has in `range`. Costs a step per chunk, more where entries were
  // overwritten.
  EntryCount Count(const IndexRange& range) const;

  // False if the chunk certainly has no entry in `range`.
  static bool MayHold(const Chunk& chunk, const IndexRange& range);

  // The entries of a chunk in file order, superseded ones included and marked. `entries` is reused.
  void ReadChunk(const Chunk& chunk, std::vector<LogEntry>& entries) const;

  // All records of a chunk in file order, whatever their type. `records` is reused.
  void ReadRecords(const Chunk& chunk, std::vector<ScannedRecord>& records) const;

  // What reading met that no decoder could see: files that shrank, pages the disk did not deliver.
  // Ask when all reading is done.
  void ReportFaults(FindingSink& findings) const;

 private:
  void ScanSegments(std::atomic<uint64_t>* bytes_done);
  void JoinChunks();
  void Summarise();
  SegmentRole RoleOf(size_t segment) const;
  SegmentReader ReaderOf(const Chunk& chunk) const;

  std::vector<io::MappedFile> files_;
  std::vector<LogSegment> segments_;
  std::vector<Chunk> chunks_;
  LogExtent extent_;
  LogSummary summary_;
};

}  // namespace etcdf::wal
