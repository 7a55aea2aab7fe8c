// Which of etcd's files is this? Told by content, never by name.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace etcdf::io {

class MappedFile;

enum class FileKind : uint8_t {
  kEmpty,       // no bytes at all
  kWalSegment,  // begins with a crc record in a frame (wal/frame.h)
  kSnap,        // snappb.Snapshot: a crc, then a raft snapshot that fills the file
  kBolt,        // a bbolt meta page at 0 or at any possible second page (go.etcd.io/bbolt)
  kLmdb,        // an LMDB meta page at 0 or at any possible second page (mdb.c, MDB_meta)
  kUnknown,
};

FileKind Detect(Bytes file);

// Errors: those of MappedFile::Open; kIo where the pages that would tell cannot be read.
Result<FileKind> DetectFile(const std::string& path);
Result<FileKind> DetectMapped(const MappedFile& file);

// "is a bbolt database, not a raft log", for messages that refuse an input. Static text.
const char* FileKindText(FileKind kind);

}  // namespace etcdf::io
