// Which of etcd's files is this? Told by content, never by name.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace etcdf::io {

enum class FileKind : uint8_t {
  kEmpty,       // no bytes at all
  kWalSegment,  // begins with a crc record in a frame (formats.md 2.1, 2.4)
  kSnap,        // snappb.Snapshot: a crc, then a raft snapshot that fills the file (formats.md 4)
  kBolt,        // a bbolt meta page at 0 or at any possible second page (formats.md 5.2, 5.3)
  kLmdb,        // an LMDB meta page
  kUnknown,
};

FileKind Detect(Bytes file);

// Errors: those of MappedFile::Open.
Result<FileKind> DetectFile(const std::string& path);

// "is a bbolt database, not a raft log", for messages that refuse an input. Static text.
const char* FileKindText(FileKind kind);

}  // namespace etcdf::io
