#include "wal/frame.h"

#include <algorithm>

namespace etcdf::wal {
namespace {

constexpr uint64_t kLengthMask = 0x00ff'ffff'ffff'ffff;
constexpr uint64_t kPaddedBit = uint64_t{1} << 63;
constexpr uint64_t kSectorBytes = 512;

uint64_t PaddingOf(uint64_t length_field) {
  return (length_field & kPaddedBit) != 0 ? (length_field >> 56) & 7 : 0;
}

}  // namespace

FrameRead ReadFrame(Bytes segment, uint64_t at) {
  const uint64_t left = segment.size() - at;
  if (left == 0) return {FrameStatus::kEndOfFile, {.at = at, .end = at}};
  if (left < kFrameHeaderBytes) return {FrameStatus::kShortHeader, {.at = at, .end = at + left}};

  const uint64_t length_field = LoadLe64(segment.data() + at);
  if (length_field == 0) return {FrameStatus::kEndMarker, {.at = at, .end = at}};

  // Both numbers are below 2^56, so the sum cannot overflow.
  const uint64_t record_bytes = length_field & kLengthMask;
  const uint64_t body_bytes = record_bytes + PaddingOf(length_field);
  Frame frame{.at = at, .end = at + kFrameHeaderBytes + body_bytes, .length_field = length_field};
  if (body_bytes > left - kFrameHeaderBytes) return {FrameStatus::kShortRecord, frame};
  frame.record = segment.subspan(at + kFrameHeaderBytes, record_bytes);
  return {FrameStatus::kFrame, frame};
}

bool HasZeroedSector(Bytes segment, const Frame& frame) {
  uint64_t at = frame.at + kFrameHeaderBytes;
  while (at < frame.end) {
    const uint64_t piece_end = std::min((at / kSectorBytes + 1) * kSectorBytes, frame.end);
    const Bytes piece = segment.subspan(at, piece_end - at);
    if (FirstNonZero(piece) == piece.size()) return true;
    at = piece_end;
  }
  return false;
}

bool IsSoundLengthField(uint64_t length_field) {
  const uint64_t top_byte = length_field >> 56;
  if (top_byte == 0) return length_field != 0;
  if (top_byte < 0x81 || top_byte > 0x87) return false;
  return ((length_field & kLengthMask) + (top_byte & 7)) % 8 == 0;
}

}  // namespace etcdf::wal
