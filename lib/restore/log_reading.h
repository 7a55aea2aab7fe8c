// A raft log read as etcd itself reads it when it starts.
//
// lib/wal shows all that is there; etcd takes what its decoder delivers up to the first fault, cuts
// the log where it holds the fault for a torn write, and refuses to start where it does not. This
// is that decoder again, to foretell what it does (etcd v3.6.9, server/storage/wal/{decoder,wal,
// util,repair}.go). What etcd says is told in its own words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apply/rules.h"
#include "base/result.h"
#include "io/data_dir.h"
#include "io/mapped_file.h"
#include "wal/segment_scan.h"
#include "wire/raft_records.h"

namespace etcdf::restore {

struct LogFault {
  std::string etcd_says = {};  // "walpb: crc mismatch"; empty: nothing is wrong
  std::string file = {};
  uint64_t at = 0;  // of the frame
  // At the end of the last segment: etcd cuts the log here, once, and goes on.
  bool repairable = false;

  explicit operator bool() const { return !etcd_says.empty(); }
};

// What etcd knows of the log before it has chosen a snapshot (wal.go, ValidSnapshotEntries).
struct SnapshotRecords {
  LogFault fault = {};                       // never one that could be repaired
  std::vector<wal::EntryId> committed = {};  // in the order of the log
};

// The log from a snapshot on (wal.go, Open and ReadAll, after a repair if one was needed).
struct LogTail {
  LogFault fault = {};     // that stops etcd
  LogFault repaired = {};  // where the log is cut before
  std::optional<wire::Metadata> metadata = {};
  wire::HardState state = {};
  uint64_t index_last = 0;  // the snapshot's where no entry follows
};

class LogReader {
 public:
  // Errors: those of MappedFile::Open.
  static Result<LogReader> Open(const io::DataDir& dir, const apply::Version& version);

  SnapshotRecords ReadSnapshotRecords() const;
  LogTail ReadFrom(uint64_t snapshot_index, uint64_t snapshot_term) const;

 private:
  struct Segment {
    io::SegmentName name;
    io::MappedFile file;
  };
  class Decoder;

  std::vector<Segment> segments_;
  bool limits_record_size_ = false;
};

}  // namespace etcdf::restore
