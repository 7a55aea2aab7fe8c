// Packed bytes, unpacked a piece at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"

namespace etcdf::archive {

// Why a stream gives no more.
enum class End : uint8_t {
  kNotYet,
  kWhole,     // all is unpacked, and the checksums are right
  kCutShort,  // the packed bytes end early
  kDamaged,   // they break their format, or a checksum does not match
};

class Stream {
 public:
  virtual ~Stream() = default;
  // The next piece, valid until the next call; empty at the end.
  virtual Bytes Next() = 0;
  virtual End end() const = 0;
  // What is wrong, of kCutShort and kDamaged: "the checksum does not match".
  virtual std::string what() const = 0;
  // Where in the packed bytes reading stands.
  virtual uint64_t packed_bytes() const = 0;
};

// RFC 1952, several members in a row as `gzip` and `pigz` write them. Reads with ISA-L, which holds
// each member against its CRC-32 and length. Zeros after the last member are padding.
std::unique_ptr<Stream> ReadGzip(Bytes packed);

// RFC 1950, one stream, held against its Adler-32.
std::unique_ptr<Stream> ReadZlib(Bytes packed);

// Whether the beginning of a file, or all of it, is a zlib stream: two bytes say so, so that it is
// unpacked to see.
bool LooksLikeZlib(Bytes head);

// RFC 4648, lines of any length; spaces and line ends are skipped.
std::unique_ptr<Stream> ReadBase64(Bytes text);

// Whether the beginning of a file is base64 and nothing else: lines of its alphabet and of one
// length, or a single one.
bool LooksLikeBase64(Bytes head);

}  // namespace etcdf::archive
