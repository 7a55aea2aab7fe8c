// What lies where in a member's data directory, found without opening files (etcd v3.6.9,
// server/storage/datadir/datadir.go).
//
//   DIR/member/wal/SEQ-INDEX.wal      raft log segments  (etcd's --wal-dir may put them elsewhere)
//   DIR/member/snap/TERM-INDEX.snap   raft snapshots
//   DIR/member/snap/db                the backend
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/detect.h"
#include "io/scratch.h"

namespace etcdf::io {

// "%016x-%016x.wal": sequence number, and the index the segment's first entry was expected to have.
// Like etcd's parser (server/storage/wal/util.go, parseWALName), accepts shorter hex numbers;
// nothing for any other name.
struct SegmentName {
  uint64_t sequence = 0;
  uint64_t index = 0;
};
std::optional<SegmentName> ParseSegmentName(std::string_view file_name);

// "%016x-%016x.snap": term first.
struct SnapName {
  uint64_t term = 0;
  uint64_t index = 0;
};
std::optional<SnapName> ParseSnapName(std::string_view file_name);

// A file of evidence: at its path, or unpacked, where the path says from what.
struct EvidenceFile {
  std::string path = {};
  std::shared_ptr<const ScratchFile> content = {};  // null: at the path
};

struct SegmentFile {
  std::string path;
  SegmentName name;
  std::shared_ptr<const ScratchFile> content = {};
};

struct SnapFile {
  std::string path;
  SnapName name;
  std::shared_ptr<const ScratchFile> content = {};
};

struct DataDir {
  std::string path = {};                        // as the user gave it
  std::string wal_dir = {};                     // empty if there is none
  std::string snap_dir = {};                    // empty if there is none
  std::vector<SegmentFile> segments = {};       // ascending by file name, which is log order
  std::vector<SnapFile> snaps = {};             // newest first, as etcd looks for them
  std::vector<std::string> leftovers = {};      // paths in both folders that etcd does not use
  std::optional<uint64_t> database_bytes = {};  // of the db in the snap folder; none: there is none
};

// Recognises `path` as a data dir (has member/wal or member/snap), a member dir, a WAL dir or
// another flat folder with segments, a single segment or a single .snap file.
//
// Errors: kIo (cannot be listed), kNotFound (a directory with nothing of etcd's in it, or no such
// path), kWrongKind (a file that is none of these; the text says what it looks like).
Result<DataDir> FindDataDir(const std::string& path);

// The same of a file of this kind. Errors: kWrongKind.
Result<DataDir> DataDirOfFile(const EvidenceFile& file, FileKind kind);

}  // namespace etcdf::io
