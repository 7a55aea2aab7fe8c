// Reads the records of one segment in order, checks each against the CRC chain, and goes on behind
// damage. docs/wal.md describes the format; etcd reads it in server/storage/wal/decoder.go.
//
// The reader keeps three promises:
//   * every record that etcd would read comes out, in order;
//   * what cannot be read is handed to the DamageSink with its extent, and reading resumes at the
//     next place that holds a plausible record; records found behind damage are marked so;
// * it ends, in time linear in the segment's size whatever the bytes: each step moves forward, and
//     what is read again has a budget. Where that is spent, whole frames are taken as they stand,
//     their checksums unknown.
//
// A reader can be started again at any Position it has been at, so that a log is read twice, or by
// two threads, without being held in memory.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/finding.h"
#include "wal/frame.h"
#include "wal/record.h"

namespace etcdf::wal {

// How a record's stored checksum compares with the one computed along the chain.
enum class CrcState : uint8_t {
  kMatches,
  kMismatch,
  kUnknown,    // the first record behind unreadable bytes: what the chain held there is not known;
               // or one among so many damaged ones that it was not worth the time
  kUnchecked,  // Checking::kOff
};

struct ScannedRecord {
  Record record;
  uint64_t at = 0;   // offset of its frame
  uint64_t end = 0;  // offset of the next frame
  uint32_t computed_crc = 0;
  CrcState crc_state = CrcState::kUnchecked;
  bool after_damage = false;  // the chain to the start of the segment is broken before this record
};

// A stretch of a segment that is not as etcd wrote it. The log turns it into a Finding once it
// knows which entries were lost there.
struct Damage {
  FindingKind kind;
  uint64_t at = 0;       // first byte concerned
  uint64_t end = 0;      // first byte that is read as a record again, or the segment's end
  bool skipped = false;  // nothing in [at, end) came out as a record
  bool is_tail = false;  // nothing readable follows in this segment
  const char* what = "";
  struct Checksums {
    uint32_t stored;
    uint32_t computed;
  };
  std::optional<Checksums> mismatch = {};     // where they differ
  std::optional<uint64_t> length_field = {};  // where it is wrong, or stands before no record
};

class DamageSink {
 public:
  virtual ~DamageSink() = default;
  virtual void OnDamage(const Damage& damage) = 0;
};

// How a segment ends.
struct Tail {
  enum class Kind : uint8_t {
    kExact,         // the last record ends with the file
    kPreallocated,  // zeros follow the last record
    kTorn,          // the last write did not complete (a note)
    kDamaged,       // what follows the last record cannot be read
  };
  Kind kind = Kind::kExact;
  uint64_t at = 0;  // where the records end
};

// Which end is forgiven. etcd takes an incomplete record for a torn write only at the end of its
// last segment, and only if one of its sectors is all zeros; while an etcd is writing that segment,
// its last record may be incomplete in any way.
enum class SegmentRole : uint8_t { kFinished, kLast, kLastAndInUse };

enum class Checking : uint8_t { kOn, kOff };

class SegmentReader {
 public:
  struct Position {
    uint64_t at = 0;
    uint32_t crc = 0;        // the chain's value before `at`, where it is known
    bool crc_known = false;  // false at the start: the segment's own crc record says it
    bool after_damage = false;
    uint64_t seen_until = 0;   // no frame met so far reached further
    uint64_t spent_bytes = 0;  // read again on account of damage (Afford)
    bool aligned = true;       // every frame so far began at a multiple of 8
  };

  // `segment` and `damage` outlive the reader; `damage` may be null. With Checking::kOff the
  // checksums are not computed: for reading again what has been found sound.
  SegmentReader(Bytes segment, SegmentRole role, Checking checking, DamageSink* damage)
      : SegmentReader(segment, role, checking, damage, Position{}) {}
  SegmentReader(Bytes segment, SegmentRole role, Checking checking, DamageSink* damage,
                const Position& start)
      : segment_(segment), role_(role), checking_(checking), damage_(damage), position_(start) {}

  // Reads the next record. False at the end; then tail() says how the segment ends.
  bool Next(ScannedRecord& scanned);

  const Position& position() const { return position_; }
  const Tail& tail() const { return tail_; }

 private:
  enum class OnTail : uint8_t { kTornIfLast, kDamaged };
  enum class Continuation : uint8_t { kUnknown, kFromStored, kFromComputed, kFromNeither };

  bool ReadRecord(const Frame& frame, ScannedRecord& scanned);
  bool TakeUnchecked(const Frame& frame, ScannedRecord& scanned);
  bool ReadByOwnFields(const Frame& frame, ScannedRecord& scanned);
  void CheckCrc(ScannedRecord& scanned) const;
  void TakeMismatch(ScannedRecord& scanned);
  Continuation ContinuationAfter(const ScannedRecord& scanned);
  void ReportMismatch(const ScannedRecord& scanned, Continuation continuation);
  void Advance(const ScannedRecord& scanned);

  bool EndAtMarker();
  bool Skip(Damage damage, uint64_t next, OnTail on_tail);
  bool End(Tail::Kind kind);

  bool IsTornWrite(const Frame& frame);
  bool IsPlausibleFrame(uint64_t at) const;
  bool NothingFollows(uint64_t at) const;
  uint64_t PlaceAfter(const Frame& frame) const;
  uint64_t FindPlausibleFrame(uint64_t from) const;
  bool Afford(uint64_t bytes);
  bool AffordFrame(const Frame& frame);

  Bytes segment_;
  SegmentRole role_;
  Checking checking_;
  DamageSink* damage_;
  Position position_;
  Tail tail_;
};

}  // namespace etcdf::wal
