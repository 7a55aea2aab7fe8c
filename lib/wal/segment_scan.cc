#include "wal/segment_scan.h"

#include <algorithm>

#include "wal/credible.h"
#include "wal/findings.h"

namespace etcdf::wal {
namespace {

constexpr uint64_t kChunkBytes = uint64_t{256} << 10;

template <typename Event>
void Keep(std::vector<Event>& events, Event event, uint64_t& dropped) {
  if (events.size() < kMaxEvents) {
    events.push_back(std::move(event));
  } else {
    ++dropped;
  }
}

class SegmentScanner : private DamageSink {
 public:
  SegmentScanner(Bytes segment, uint32_t ordinal, SegmentRole role)
      : ordinal_(ordinal), reader_(segment, role, Checking::kOn, this) {
    summary_.file_bytes = segment.size();
  }

  SegmentSummary Scan(std::atomic<uint64_t>* bytes_done) {
    uint64_t reported = 0;
    BeginChunk();
    ScannedRecord scanned;
    while (reader_.Next(scanned)) {
      OnRecord(scanned);
      if (scanned.end - chunk_.begin.at >= kChunkBytes) {
        EndChunk();
        BeginChunk();
        if (bytes_done != nullptr) *bytes_done += scanned.end - reported;
        reported = scanned.end;
      }
    }
    EndChunk();
    if (bytes_done != nullptr) {
      *bytes_done += summary_.file_bytes - std::min(reported, summary_.file_bytes);
    }
    summary_.tail = reader_.tail();
    summary_.chain_end = reader_.position().crc;
    return std::move(summary_);
  }

 private:
  void BeginChunk() {
    chunk_ = {.segment = ordinal_, .begin = reader_.position(), .commit = summary_.commit};
  }

  void EndChunk() {
    chunk_.end = reader_.position().at;
    if (chunk_.end > chunk_.begin.at) summary_.chunks.push_back(chunk_);
  }

  void OnDamage(const Damage& damage) override {
    chunk_.sound = false;
    const size_t kept = summary_.damage.size();
    Keep(summary_.damage, {.damage = damage, .before = previous_}, summary_.events_dropped);
    damage_pending_ = true;
    damage_begin_ = std::min(damage_begin_, kept);
  }

  void OnRecord(const ScannedRecord& scanned) {
    const auto type = static_cast<size_t>(scanned.record.type);
    ++summary_.records_by_type[IsKnown(scanned.record.type) ? type : 0];
    if (scanned.crc_state != CrcState::kMatches) chunk_.sound = false;
    switch (scanned.record.type) {
      case RecordType::kEntry: return OnEntry(scanned);
      case RecordType::kState: return OnState(scanned);
      case RecordType::kMetadata: return OnMetadata(scanned);
      case RecordType::kSnapshot: return OnSnapshot(scanned);
      case RecordType::kCrc:
        if (scanned.at == 0) summary_.chain_begin = scanned.record.crc;
        if (!scanned.record.data.empty()) {
          ReportContent(scanned, kBadContent, "the crc record holds data");
        }
        return;
    }
    ReportContent(scanned, kUnknownType, "the record's type is none that etcd knows");
  }

  void OnEntry(const ScannedRecord& scanned) {
    const auto decoded = wire::DecodeEntry(scanned.record.data);
    if (!decoded || !IsCredible(*decoded)) {
      return ReportContent(scanned, kBadContent, "its content cannot be that of a raft entry");
    }
    const EntryId id{.index = decoded->index, .term = decoded->term};
    const bool contradicted = scanned.crc_state == CrcState::kMismatch;
    const bool may_supersede = MaySupersede(scanned, id.index, summary_.commit);

    ++summary_.entries;
    if (decoded->type == wire::EntryType::kConfChange) NoteMember(decoded->data);
    if (chunk_.entries++ == 0) {
      chunk_.index_first = id.index;
    } else if (id.index != chunk_.index_last + 1) {
      chunk_.consecutive = false;
    }
    chunk_.index_last = id.index;

    const bool continues =
        previous_ && id.index == previous_->index + 1 && id.term >= previous_->term;
    if (!may_supersede && !continues) {
      // Its index is not to be relied on: it neither moves the log's end nor supersedes anything.
      NoteDamagedEntry(id);
      return;
    }
    if (contradicted) {
      NoteDamagedEntry(id);
    } else if (may_supersede && id.index <= chunk_.lowest.index) {
      chunk_.lowest = id;
    }
    if (previous_ && !continues) NoteBreak(scanned, id);
    if (!contradicted) ResolveDamage(id);
    if (!summary_.entry_first) {
      summary_.entry_first = id;
      summary_.entry_first_at = scanned.at;
    }
    summary_.entry_last = previous_ = id;
  }

  void NoteMember(Bytes conf_change) {
    const auto change = wire::DecodeConfChange(conf_change);
    if (!change) return;
    std::vector<uint64_t>& ids = summary_.member_ids;
    const auto place = std::ranges::lower_bound(ids, change->node_id);
    if (place != ids.end() && *place == change->node_id) return;
    if (ids.size() < kMaxEvents) {
      ids.insert(place, change->node_id);
    } else {
      ++summary_.events_dropped;
    }
  }

  void NoteBreak(const ScannedRecord& scanned, const EntryId& id) {
    Keep(summary_.breaks,
         {.at = scanned.at,
          .before = *previous_,
          .entry = id,
          .commit = summary_.commit,
          .follows_damage = damage_pending_},
         summary_.events_dropped);
  }

  // The mismatch just reported concerns the entry that has been read after all.
  void NoteDamagedEntry(const EntryId& id) {
    if (damage_pending_ && !summary_.damage.empty()) summary_.damage.back().damaged = id;
  }

  // Tells the damage met since the last sound entry which entry follows it.
  void ResolveDamage(const EntryId& id) {
    if (!damage_pending_) return;
    for (size_t i = damage_begin_; i < summary_.damage.size(); ++i) summary_.damage[i].after = id;
    damage_pending_ = false;
    damage_begin_ = SIZE_MAX;
  }

  void OnState(const ScannedRecord& scanned) {
    const auto state = wire::DecodeHardState(scanned.record.data);
    if (!state || !IsCredible(*state, scanned.record.data)) {
      return ReportContent(scanned, kBadContent, "its content cannot be that of a hard state");
    }
    if (scanned.crc_state == CrcState::kMismatch) return;
    if (!summary_.state_first) {
      summary_.state_first = state;
      summary_.state_first_at = scanned.at;
    }
    if (summary_.state_last &&
        (state->term < summary_.state_last->term || state->commit < summary_.state_last->commit)) {
      Keep(summary_.regressions,
           {.at = scanned.at,
            .entry_before = previous_,
            .before = *summary_.state_last,
            .state = *state},
           summary_.events_dropped);
    }
    summary_.state_last = state;
    summary_.commit = std::max(summary_.commit, state->commit);
  }

  void OnMetadata(const ScannedRecord& scanned) {
    const auto metadata = wire::DecodeMetadata(scanned.record.data);
    if (!metadata) {
      return ReportContent(scanned, kBadContent, "its content cannot be that of a metadata record");
    }
    if (scanned.crc_state == CrcState::kMismatch) return;
    if (!summary_.metadata) {
      summary_.metadata = metadata;
    } else if (metadata->node_id != summary_.metadata->node_id ||
               metadata->cluster_id != summary_.metadata->cluster_id) {
      ReportContent(scanned, kConflictingMetadata,
                    "the segment names another member or cluster than it did before");
    }
  }

  void OnSnapshot(const ScannedRecord& scanned) {
    const auto snapshot = wire::DecodeWalSnapshot(scanned.record.data);
    if (!snapshot || !IsCredible(*snapshot)) {
      return ReportContent(scanned, kBadContent, "its content cannot be that of a snapshot record");
    }
    if (scanned.crc_state == CrcState::kMismatch) return;
    const bool votes_alone = snapshot->conf_state && snapshot->conf_state->voters.size() == 1;
    Keep(summary_.snapshots,
         {.at = scanned.at,
          .id = {.index = snapshot->index, .term = snapshot->term},
          .commit = summary_.commit,
          .only_voter = votes_alone ? snapshot->conf_state->voters.front() : 0},
         summary_.events_dropped);
  }

  // A record whose frame and checksum are as they should be, while what it holds is not.
  void ReportContent(const ScannedRecord& scanned, const FindingKind& kind, const char* what) {
    OnDamage({.kind = kind, .at = scanned.at, .end = scanned.end, .what = what});
  }

  uint32_t ordinal_;
  SegmentSummary summary_;
  SegmentReader reader_;
  Chunk chunk_;
  std::optional<EntryId> previous_;  // the last entry that may be believed
  bool damage_pending_ = false;      // damage was met and no sound entry since
  size_t damage_begin_ = SIZE_MAX;   // the first such event in summary_.damage
};

}  // namespace

SegmentSummary ScanSegment(Bytes segment, uint32_t ordinal, SegmentRole role,
                           std::atomic<uint64_t>* bytes_done) {
  return SegmentScanner(segment, ordinal, role).Scan(bytes_done);
}

}  // namespace etcdf::wal
