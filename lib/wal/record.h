// A WAL record: walpb.Record { type = 1; crc = 2; data = 3 } (etcd v3.6.9,
// server/storage/wal/walpb/record.proto; the types in wal.go).
//
// `crc` is the running CRC-32C over the `data` of every record so far, across segments. It covers
// neither type nor frame nor padding. A record of type crc has no data and restates the running
// value; every segment begins with one, so a segment can be checked without its predecessor.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace etcdf::wal {

enum class RecordType : int64_t {
  kMetadata = 1,
  kEntry = 2,
  kState = 3,
  kCrc = 4,
  kSnapshot = 5,
};

struct Record {
  RecordType type{};  // a file may hold other numbers than those above
  uint32_t crc = 0;
  Bytes data = {};
};

inline bool IsKnown(RecordType type) {
  return type >= RecordType::kMetadata && type <= RecordType::kSnapshot;
}

// The record in `message`, with the verdict of etcd's own decoder (wire/reader.h): nothing where
// that one refuses it.
std::optional<Record> DecodeRecord(Bytes message);

// The record that begins at `bytes`, its length told by its own fields instead of a frame: a type
// from 1 to 5, a crc and, unless the type is crc, data, in the order and form in which etcd writes
// them. Serves to find records again behind damage. Nothing if the bytes are anything else.
struct UnframedRecord {
  Record record;
  uint64_t length_bytes;
};
std::optional<UnframedRecord> DecodeUnframedRecord(Bytes bytes);

}  // namespace etcdf::wal
