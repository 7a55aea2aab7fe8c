#include "wal/segment_reader.h"

#include <algorithm>

#include "checksum/crc32c.h"
#include "wal/findings.h"

namespace etcdf::wal {
namespace {

constexpr uint64_t kAlignment = 8;

uint64_t RoundUp(uint64_t value, uint64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

bool AllZero(Bytes bytes) { return FirstNonZero(bytes) == bytes.size(); }

}  // namespace

bool SegmentReader::Next(ScannedRecord& scanned) {
  tail_ = {};
  for (;;) {
    const auto [status, frame] = ReadFrame(segment_, position_.at);
    switch (status) {
      case FrameStatus::kFrame:
        if (ReadRecord(frame, scanned)) return true;
        break;
      case FrameStatus::kEndOfFile: return End(Tail::Kind::kExact);
      case FrameStatus::kEndMarker:
        if (ReadByOwnFields(frame, scanned)) return true;
        if (!EndAtMarker()) return false;
        break;
      case FrameStatus::kShortHeader:
        if (AllZero(segment_.subspan(frame.at))) return End(Tail::Kind::kPreallocated);
        return Skip({.kind = kTruncated,
                     .at = frame.at,
                     .what = "the file ends within a frame's length field"},
                    segment_.size(), OnTail::kTornIfLast);
      case FrameStatus::kShortRecord:
        if (ReadByOwnFields(frame, scanned)) return true;
        if (!Skip({.kind = kBadLength,
                   .at = frame.at,
                   .what = "the length field claims more bytes than the file has left",
                   .length_field = frame.length_field},
                  PlaceAfter(frame), OnTail::kTornIfLast)) {
          return false;
        }
        break;
    }
    if (tail_.kind == Tail::Kind::kTorn || tail_.kind == Tail::Kind::kDamaged) return false;
  }
}

// Reads the record of a whole frame. False if there is none; then the damage has been reported and
// the position moved, or the tail set.
bool SegmentReader::ReadRecord(const Frame& frame, ScannedRecord& scanned) {
  if (!AffordFrame(frame)) return TakeUnchecked(frame, scanned);
  const auto record = DecodeRecord(frame.record);
  if (record) {
    scanned = {.record = *record,
               .at = frame.at,
               .end = frame.end,
               .after_damage = position_.after_damage};
    CheckCrc(scanned);
    if (scanned.crc_state != CrcState::kMismatch) {
      // The record is whole; a wrong count of padding would still lead past the next frame.
      if (!IsSoundLengthField(frame.length_field) && ReadByOwnFields(frame, scanned)) return true;
      Advance(scanned);
      return true;
    }
  }
  if (ReadByOwnFields(frame, scanned)) return true;
  const uint64_t next = PlaceAfter(frame);
  if (next >= frame.end) {
    const bool in_flight = role_ == SegmentRole::kLastAndInUse && NothingFollows(frame.end);
    if (in_flight || (role_ != SegmentRole::kFinished && IsTornWrite(frame))) {
      Skip({.kind = kZeroedSector,
            .at = frame.at,
            .what = in_flight ? "the last record is incomplete"
                              : "a 512-byte sector of the record is all zeros"},
           next, OnTail::kTornIfLast);
      return false;
    }
  }
  if (!record || next < frame.end) {
    Skip({.kind = kBadRecord,
          .at = frame.at,
          .what = "the frame is whole, but its bytes are no WAL record",
          .length_field = frame.length_field},
         next, OnTail::kDamaged);
    return false;
  }
  TakeMismatch(scanned);
  return true;
}

// Takes a whole frame as it stands, in time that does not depend on its length. False if it does
// not have the form that etcd writes; then the position is behind it, or the tail set.
bool SegmentReader::TakeUnchecked(const Frame& frame, ScannedRecord& scanned) {
  const auto found = DecodeUnframedRecord(frame.record);
  if (!found || found->length_bytes != frame.record.size()) {
    Skip({.kind = kBadRecord,
          .at = frame.at,
          .what = "the frame is whole, but its bytes are no WAL record",
          .length_field = frame.length_field},
         frame.end, OnTail::kDamaged);
    return false;
  }
  scanned = {.record = found->record,
             .at = frame.at,
             .end = frame.end,
             .computed_crc = found->record.crc,
             .crc_state = CrcState::kUnknown,
             .after_damage = true};
  Advance(scanned);
  return true;
}

void SegmentReader::CheckCrc(ScannedRecord& scanned) const {
  if (checking_ == Checking::kOff) return;
  const Record& record = scanned.record;
  if (record.type == RecordType::kCrc) {
    // Restates the chain. Like etcd, a running value of 0 is not compared: nothing has been read
    // yet.
    scanned.computed_crc = position_.crc;
    const bool breaks = position_.crc_known && position_.crc != 0 && position_.crc != record.crc;
    scanned.crc_state = breaks ? CrcState::kMismatch : CrcState::kMatches;
    return;
  }
  scanned.computed_crc = Crc32cExtend(position_.crc, record.data);
  if (!position_.crc_known) {
    scanned.crc_state = CrcState::kUnknown;
  } else {
    scanned.crc_state =
        scanned.computed_crc == record.crc ? CrcState::kMatches : CrcState::kMismatch;
  }
}

// Goes on behind a record that does not match its checksum. Where the chain stands there, the next
// record tells.
void SegmentReader::TakeMismatch(ScannedRecord& scanned) {
  const Continuation continuation = ContinuationAfter(scanned);
  ReportMismatch(scanned, continuation);
  Advance(scanned);
  if (continuation == Continuation::kFromComputed) position_.crc = scanned.computed_crc;
  if (continuation == Continuation::kFromNeither) position_.crc_known = false;
  position_.after_damage = true;
}

// Which of a record's two checksums the next record continues from. Of a record that does not match
// its checksum, this tells whether its data or the stored checksum is damaged.
SegmentReader::Continuation SegmentReader::ContinuationAfter(const ScannedRecord& scanned) {
  const auto [status, frame] = ReadFrame(segment_, scanned.end);
  const auto next = status == FrameStatus::kFrame ? DecodeRecord(frame.record) : std::nullopt;
  if (!next || next->data.empty() || !Afford(2 * next->data.size())) return Continuation::kUnknown;
  if (Crc32cExtend(scanned.record.crc, next->data) == next->crc) return Continuation::kFromStored;
  if (Crc32cExtend(scanned.computed_crc, next->data) == next->crc) {
    return Continuation::kFromComputed;
  }
  return Continuation::kFromNeither;
}

void SegmentReader::ReportMismatch(const ScannedRecord& scanned, Continuation continuation) {
  if (damage_ == nullptr) return;
  Damage damage{.kind = kCrcMismatch,
                .at = scanned.at,
                .end = scanned.end,
                .what = "the record does not match its checksum",
                .mismatch = {{.stored = scanned.record.crc, .computed = scanned.computed_crc}}};
  if (scanned.record.type == RecordType::kCrc) {
    damage.kind = kChainBreak;
    damage.what = "the crc record does not restate the chain's value";
  } else if (continuation == Continuation::kFromStored) {
    damage.what =
        "the record does not match its checksum, from which the next record continues: its data "
        "are damaged, or a record before it is missing";
  } else if (continuation == Continuation::kFromComputed) {
    damage.what =
        "the stored checksum is wrong, and the next record continues from the computed one: the "
        "data are sound";
  }
  damage_->OnDamage(damage);
}

// Reads the record behind a length field that is wrong, by the record's own fields: if its checksum
// proves it whole, or at least a plausible frame begins where the record ends.
bool SegmentReader::ReadByOwnFields(const Frame& frame, ScannedRecord& scanned) {
  if (segment_.size() - frame.at < kFrameHeaderBytes) return false;
  const auto found = DecodeUnframedRecord(segment_.subspan(frame.at + kFrameHeaderBytes));
  if (!found || !Afford(found->record.data.size())) return false;
  const uint64_t record_end = frame.at + kFrameHeaderBytes + found->length_bytes;
  const uint64_t end = position_.aligned ? RoundUp(record_end, kAlignment) : record_end;

  ScannedRecord own{.record = found->record,
                    .at = frame.at,
                    .end = std::min<uint64_t>(end, segment_.size()),
                    .after_damage = position_.after_damage};
  CheckCrc(own);
  const bool matches = own.crc_state == CrcState::kMatches || checking_ == Checking::kOff;
  const bool proven = matches && !own.record.data.empty();
  if (end > segment_.size()) {
    // The length is right, and the file ends within the padding. etcd takes this for an incomplete
    // write.
    if (!proven) return false;
    if (damage_ != nullptr) {
      damage_->OnDamage({.kind = role_ != SegmentRole::kFinished ? kTornTail : kTruncated,
                         .at = frame.at,
                         .end = segment_.size(),
                         .is_tail = true,
                         .what = "the file ends within the padding of its last record, which is "
                                 "whole"});
    }
    scanned = own;
    Advance(scanned);
    return true;
  }
  const bool continues = end != frame.end && IsPlausibleFrame(end);
  if (!proven && !continues) return false;

  scanned = own;
  if (own.crc_state == CrcState::kMismatch) {
    TakeMismatch(scanned);
    return true;
  }
  if (damage_ != nullptr) {
    damage_->OnDamage(
        {.kind = kBadLength,
         .at = frame.at,
         .end = frame.at + kFrameHeaderBytes,
         .what = proven ? "the length field is wrong; the record's own fields tell its length and "
                          "its checksum holds, so nothing is lost"
                        : "the length field is wrong; the record was read by its own fields",
         .length_field = frame.length_field});
  }
  Advance(scanned);
  return true;
}

// Where reading may go on after a frame that cannot be read: where its record ends by its own
// fields, at the frame's end, or at the next plausible frame. At the frame's end, too, where none
// is found and nothing follows it.
uint64_t SegmentReader::PlaceAfter(const Frame& frame) const {
  if (frame.end <= segment_.size() && IsPlausibleFrame(frame.end)) return frame.end;
  const uint64_t found = FindPlausibleFrame(frame.at + 1);
  const bool is_last = found == segment_.size() && frame.end <= segment_.size();
  return is_last && NothingFollows(frame.end) ? frame.end : found;
}

// Whether only zeros, or nothing, follow.
bool SegmentReader::NothingFollows(uint64_t at) const { return AllZero(segment_.subspan(at)); }

// Looking again at bytes costs time, and a segment could be made so that every few bytes ask for a
// look at megabytes. Small looks are free; large ones have a budget proportional to the segment.
bool SegmentReader::Afford(uint64_t bytes) {
  constexpr uint64_t kFreeBytes = 1024;
  constexpr uint64_t kTimesTheSegment = 8;
  if (bytes <= kFreeBytes) return true;
  if (position_.spent_bytes + bytes > kTimesTheSegment * segment_.size()) return false;
  position_.spent_bytes += bytes;
  return true;
}

// A frame's bytes are looked at for nothing the first time. They are looked at again where an
// earlier frame reached beyond them and reading resumed inside of it.
bool SegmentReader::AffordFrame(const Frame& frame) {
  const uint64_t seen_until = std::min(position_.seen_until, frame.end);
  if (seen_until > frame.at && !Afford(seen_until - frame.at)) return false;
  position_.seen_until = std::max(position_.seen_until, frame.end);
  return true;
}

// At a zero length field. True if records follow it all the same, and the position is at the first.
bool SegmentReader::EndAtMarker() {
  const uint64_t at = position_.at;
  const uint64_t non_zero = at + FirstNonZero(segment_.subspan(at));
  if (non_zero == segment_.size()) return End(Tail::Kind::kPreallocated);
  // On the last segment, with nothing readable behind: a write whose first sector did not reach the
  // disk while later ones did. etcd zeroes the rest of the segment when it opens it for writing.
  return Skip({.kind = kDataAfterEnd,
               .at = at,
               .what = "bytes that are not zero follow the end of the records"},
              FindPlausibleFrame(std::max(at, non_zero - non_zero % kAlignment)),
              OnTail::kTornIfLast);
}

// Reports `damage`, which reaches to `next`, and moves there. False if only zeros or nothing
// follow: then the segment ends, in a torn write where etcd would forgive it.
bool SegmentReader::Skip(Damage damage, uint64_t next, OnTail on_tail) {
  damage.end = next;
  damage.skipped = true;
  damage.is_tail = NothingFollows(next);
  Tail::Kind tail = Tail::Kind::kDamaged;
  // Without a record before it, it is no tail of a log: etcd renames a segment into place only once
  // it has its head.
  if (damage.is_tail && on_tail == OnTail::kTornIfLast && damage.at > 0) {
    if (role_ != SegmentRole::kFinished) {
      damage.kind = kTornTail;
      tail = Tail::Kind::kTorn;
    } else if (damage.length_field) {
      damage.kind = kTruncated;
    }
  }
  if (damage_ != nullptr) damage_->OnDamage(damage);
  if (damage.is_tail) return End(tail);
  position_.at = next;
  position_.crc_known = false;
  position_.after_damage = true;
  return true;
}

bool SegmentReader::End(Tail::Kind kind) {
  tail_ = {.kind = kind, .at = position_.at};
  return false;
}

bool SegmentReader::IsTornWrite(const Frame& frame) {
  return Afford(frame.end - frame.at) && HasZeroedSector(segment_, frame);
}

// Whether a frame at `at` holds exactly one record in the form etcd writes, and something that may
// follow a frame follows it. Costs O(1): a search tries every offset.
bool SegmentReader::IsPlausibleFrame(uint64_t at) const {
  if (segment_.size() < at + kFrameHeaderBytes + 4) return false;
  // The tags of type and crc.
  if (segment_[at + 8] != 0x08 || segment_[at + 10] != 0x10) return false;
  const auto [status, frame] = ReadFrame(segment_, at);
  if (status != FrameStatus::kFrame || !IsSoundLengthField(frame.length_field)) return false;
  const auto found = DecodeUnframedRecord(frame.record);
  if (!found || found->length_bytes != frame.record.size()) return false;
  const FrameRead next = ReadFrame(segment_, frame.end);
  switch (next.status) {
    case FrameStatus::kEndOfFile:
    case FrameStatus::kEndMarker:
    case FrameStatus::kShortHeader: return true;
    case FrameStatus::kFrame:
    case FrameStatus::kShortRecord: return IsSoundLengthField(next.frame.length_field);
  }
  return false;
}

// The first plausible frame at or after `from`, or the segment's size. Padded segments are searched
// at multiples of 8 first; an unaligned frame is taken only where there is no aligned one.
uint64_t SegmentReader::FindPlausibleFrame(uint64_t from) const {
  if (position_.aligned) {
    for (uint64_t at = RoundUp(from, kAlignment); at < segment_.size(); at += kAlignment) {
      if (IsPlausibleFrame(at)) return at;
    }
  }
  for (uint64_t at = from; at < segment_.size(); ++at) {
    if (IsPlausibleFrame(at)) return at;
  }
  return segment_.size();
}

void SegmentReader::Advance(const ScannedRecord& scanned) {
  position_.at = scanned.end;
  position_.aligned = position_.aligned && scanned.at % kAlignment == 0;
  position_.crc_known = true;
  position_.crc = scanned.record.crc;
}

}  // namespace etcdf::wal
