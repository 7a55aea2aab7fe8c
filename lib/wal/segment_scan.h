// One pass over one segment: every record read and checked, and what the rest of the suite needs to
// know of it kept in a few bytes per 256 KiB.
//
// A segment is scanned by itself, so several can be scanned at once; Log joins the results. What
// depends on other segments (is this entry overwritten later? does the chain continue?) is left to
// it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "wal/segment_reader.h"
#include "wire/raft_records.h"

namespace etcdf::wal {

struct EntryId {
  uint64_t index = 0;
  uint64_t term = 0;
};

// A stretch of a segment that begins and ends at a record: the unit in which a log is read again,
// in parallel and in bounded memory.
struct Chunk {
  uint32_t segment = 0;  // position of the segment in the log
  SegmentReader::Position begin = {};
  uint64_t end = 0;     // offset of the first record that is not part of it
  uint64_t commit = 0;  // known to be committed before it, by the segment's hard states
  uint64_t entries = 0;
  uint64_t index_first = 0;  // of the first and last entry; 0 if there are none
  uint64_t index_last = 0;
  bool consecutive = true;  // each entry's index is one more than that of the entry before
  bool sound = true;        // every checksum matched, nothing was skipped
  // The entry of the lowest index among those whose checksum does not contradict them: an entry
  // supersedes what was written before it at its index and above. Of none, the index is UINT64_MAX.
  EntryId lowest = {.index = UINT64_MAX};
  // The same over all later chunks of the log. Filled in by Log.
  EntryId lowest_later = {.index = UINT64_MAX};
};

// An entry that does not continue the one before it.
struct IndexBreak {
  uint64_t at = 0;
  EntryId before = {};
  EntryId entry = {};
  uint64_t commit = 0;          // known to be committed when the entry was written
  bool follows_damage = false;  // unreadable bytes lie between the two
};

// Damage, and the entries around it.
struct DamageEvent {
  Damage damage = {};
  std::optional<EntryId> before = {};   // the last entry before it in this segment
  std::optional<EntryId> damaged = {};  // the entry itself, where it can still be read
  std::optional<EntryId> after = {};    // the first entry after it in this segment
};

struct SnapshotEvent {
  uint64_t at = 0;
  EntryId id = {};
  uint64_t commit = 0;      // known to be committed when it was written
  uint64_t only_voter = 0;  // the member that votes alone; 0 if several do, or it is not said
};

// A hard state that takes back what an earlier one said.
struct StateRegression {
  uint64_t at = 0;
  std::optional<EntryId> entry_before = {};  // the last entry before it in this segment
  wire::HardState before = {};
  wire::HardState state = {};
};

// The most events of one kind kept per segment; a hostile file may hold one in every record.
inline constexpr size_t kMaxEvents = 4096;

struct SegmentSummary {
  std::array<uint64_t, 6> records_by_type = {};  // by RecordType; [0]: all other numbers
  uint64_t file_bytes = 0;
  Tail tail = {};  // tail.at: bytes used

  std::optional<uint32_t> chain_begin = {};  // what the segment's leading crc record restates
  uint32_t chain_end = 0;

  std::optional<wire::Metadata> metadata = {};
  std::optional<wire::HardState> state_first = {};
  std::optional<wire::HardState> state_last = {};
  uint64_t commit = 0;  // the highest of all hard states
  uint64_t state_first_at = 0;
  uint64_t entry_first_at = 0;
  std::optional<EntryId> entry_first = {};
  std::optional<EntryId> entry_last = {};
  uint64_t entries = 0;

  std::vector<uint64_t> member_ids = {};  // that configuration entries name, ascending

  std::vector<Chunk> chunks = {};
  std::vector<DamageEvent> damage = {};
  std::vector<IndexBreak> breaks = {};
  std::vector<SnapshotEvent> snapshots = {};
  std::vector<StateRegression> regressions = {};
  uint64_t events_dropped = 0;  // beyond kMaxEvents of a kind
};

// Whether the entry in `scanned` takes the place of what was written before it at its index and
// above. One that its checksum contradicts may be wrong in its index, too. One that only a search
// behind damage found is not proven to belong to the log; it takes nothing that is committed.
inline bool MaySupersede(const ScannedRecord& scanned, uint64_t index, uint64_t commit) {
  if (scanned.crc_state == CrcState::kMismatch) return false;
  const bool proven = scanned.crc_state != CrcState::kUnknown && !scanned.after_damage;
  return proven || index > commit;
}

// Scans `segment`, the `ordinal`th of its log. `bytes_done`, if not null, is advanced while it
// goes.
SegmentSummary ScanSegment(Bytes segment, uint32_t ordinal, SegmentRole role,
                           std::atomic<uint64_t>* bytes_done);

}  // namespace etcdf::wal
