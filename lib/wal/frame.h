// A frame: how etcd puts one record into a segment file (etcd v3.6.9, server/storage/wal/encoder.go
// and decoder.go; docs/wal.md shows one byte by byte).
//
//     offset  size  meaning
//     0       8     length field L, little-endian: low 56 bits = n, the record's length in bytes;
//                   if bit 63 is set, bits 56..58 = p, the number of padding bytes
//     8       n     the record (record.h)
//     8+n     p     zeros, so that the next frame begins at a multiple of 8
//
// etcd pads so that a length field never straddles a disk sector; etcd before 3.0 did not pad (L
// has a top byte of 0 and frames begin anywhere). L == 0 ends the segment: what follows is
// preallocated.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace etcdf::wal {

inline constexpr uint64_t kFrameHeaderBytes = 8;

struct Frame {
  uint64_t at = 0;   // offset of the length field in the segment
  uint64_t end = 0;  // offset of the byte after the padding
  uint64_t length_field = 0;
  Bytes record = {};
};

enum class FrameStatus : uint8_t {
  kFrame,        // a whole frame
  kEndMarker,    // L == 0: preallocated space begins here
  kEndOfFile,    // nothing is left: a clean end
  kShortHeader,  // 1 to 7 bytes are left
  kShortRecord,  // L claims more bytes than are left; `frame.end` is where the frame would end
};

struct FrameRead {
  FrameStatus status;
  Frame frame;
};

// Reads the frame at offset `at` of a segment; `at` is at most `segment.size()`.
FrameRead ReadFrame(Bytes segment, uint64_t at);

// Whether the frame's bytes hold a disk sector of zeros: cut at the segment's 512-byte boundaries,
// one of the pieces behind the length field is all zeros. So etcd recognises a torn write (etcd
// v3.6.9, server/storage/wal/decoder.go, isTornEntry).
bool HasZeroedSector(Bytes segment, const Frame& frame);

// Whether L is one that etcd writes: top byte 0 or 0x80 + padding, padding that fits the length.
bool IsSoundLengthField(uint64_t length_field);

}  // namespace etcdf::wal
