// A raft log read as etcd itself reads it when it starts.
//
// lib/wal shows all that is there; etcd takes what its decoder delivers up to the first fault, cuts
// the log where it holds the fault for a torn write, and refuses to start where it does not. This
// is that decoder again, to foretell what it does (etcd v3.6.9, server/storage/wal/{decoder,wal,
// util,repair}.go).
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

enum class LogFaultKind : uint8_t {
  kNone,
  kUnexpectedEnd,  // a frame that the end of its segment cuts, or what passes for one
  kTooLong,        // a record's length beyond what the version reads
  kUndecodable,    // a record, or its content under a sum that matches
  kRecordSum,      // a record does not match its checksum
  kSegmentSum,     // a segment does not continue the checksum of the one before it
  kNoSegment,      // none that begins early enough
  kSequenceGap,    // in the segments' sequence numbers
  kEntryGap,       // an entry is missing
  kConflictingMetadata,
  kSnapshotTerm,  // the snapshot's record is of another term
  kUnknownType,   // of a record
};

struct LogFault {
  LogFaultKind kind = LogFaultKind::kNone;
  std::string file = {};
  uint64_t at = 0;     // of the frame
  int64_t number = 0;  // kUnknownType: the type
  // At the end of the last segment: etcd cuts the log here, once, and goes on.
  bool repairable = false;

  explicit operator bool() const { return kind != LogFaultKind::kNone; }
};

// What etcd knows of the log before it has chosen a snapshot (wal.go, ValidSnapshotEntries).
struct SnapshotRecords {
  LogFault fault = {};                       // never one that could be repaired
  std::vector<wal::EntryId> committed = {};  // in the order of the log
};

// What an entry does to more than keys, or why etcd may stop at it.
struct LogEvent {
  enum class Kind : uint8_t {
    kConfChange,
    kUnreadableConfChange,  // or an addition that does not say who is added
    kAttributes,            // of a member
    kClusterVersion,
    kDowngrade,
    kAlarm,
    kOtherV2,  // a request of API v2, or what passes for one
  };

  Kind kind = Kind::kOtherV2;
  bool is_v2 = false;        // in the form of API v2
  uint64_t index_first = 0;  // more than one entry only of kOtherV2
  uint64_t index_last = 0;
  wire::ConfChangeType change = wire::ConfChangeType::kAddNode;
  uint64_t node = 0;            // kConfChange, kAttributes, kAlarm
  uint64_t request_id = 0;      // kConfChange
  apply::Version version = {};  // kClusterVersion, kDowngrade
  bool is_on = false;           // kDowngrade: enabled; kAlarm: raised
  uint32_t alarm = 0;           // kAlarm: its type
};

// The log from a snapshot on (wal.go, Open and ReadAll, after a repair if one was needed).
struct LogTail {
  LogFault fault = {};     // that stops etcd
  LogFault repaired = {};  // where the log is cut before
  std::optional<wire::Metadata> metadata = {};
  wire::HardState state = {};
  uint64_t index_last = 0;            // the snapshot's where no entry follows
  std::vector<LogEvent> events = {};  // ascending; of raft's entries after the snapshot
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
  class TailReader;

  std::vector<Segment> segments_;
  bool limits_record_size_ = false;
};

}  // namespace etcdf::restore
