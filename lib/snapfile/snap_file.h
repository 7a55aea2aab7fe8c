// A `.snap` file: what raft keeps of a snapshot (etcd v3.6.9,
// server/etcdserver/api/snap/snapshotter.go and snappb/snap.proto).
//
// The file is one snappb.Snapshot: `crc`, the CRC-32C of `data`, and `data`, a raftpb.Snapshot:
// term, index, who votes, and the v2 store as JSON. The keys and values of v3 are never in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/finding.h"
#include "base/result.h"
#include "io/data_dir.h"
#include "io/mapped_file.h"
#include "wire/raft_records.h"

namespace etcdf::snapfile {

inline constexpr FindingKind kEmpty{"snap.empty", Severity::kDamage};
inline constexpr FindingKind kCrcMismatch{"snap.crc_mismatch", Severity::kDamage};
inline constexpr FindingKind kUndecodable{"snap.undecodable", Severity::kDamage};
inline constexpr FindingKind kNameMismatch{"snap.name_mismatch", Severity::kSuspect};

struct SnapFile {
  std::string path;
  uint64_t size_bytes = 0;
  uint32_t crc = 0;
  wire::RaftSnapshot snapshot;  // snapshot.data points into `file`
  io::MappedFile file;
};

// Reads and checks one file, by etcd's rules: it is unusable if it is empty, if it cannot be
// decoded, if its crc is 0 or does not match. What is wrong is reported; an unusable file gives
// nothing. A content that does not fit the file's name is reported too, and returned. So is what
// the disk could not deliver (MappedFile::Fault).
//
// Errors: those of MappedFile::Open.
Result<std::optional<SnapFile>> ReadSnapFile(const io::SnapFile& file, FindingSink& findings);

}  // namespace etcdf::snapfile
