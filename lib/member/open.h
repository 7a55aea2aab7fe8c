// The one door to evidence: finds what a path holds, of whatever kind, and opens the parts of it
// that a tool asks for.
//
//   DIR/member/{wal,snap}     a data directory
//   DIR/{wal,snap}            its member folder
//   DIR/db                    its snap folder, or a flat folder where segments lie beside the db
//   DIR/*.wal                 a WAL directory
//   DIR/data.mdb              an LMDB environment
//   FILE                      a database, a segment, a .snap file: told by content
//
// Open() only looks; nothing is mapped or scanned before it is asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/finding.h"
#include "base/result.h"
#include "io/data_dir.h"
#include "io/detect.h"
#include "member/open_database.h"
#include "wal/log.h"

namespace etcdf::member {

struct Source {
  std::string path = {};
  // Where the segments are, if not beside the database: a WAL directory, a segment, or a directory
  // that has such a folder. Empty: beside the database.
  std::string wal_dir = {};
};

class Evidence {
 public:
  const Source& source() const { return source_; }
  // What a file is, by its content; nothing for a directory.
  std::optional<io::FileKind> file_kind() const { return file_kind_; }
  // A directory with folders that etcd keeps a member in, or a part of them.
  bool is_data_dir() const { return is_data_dir_; }
  // The segments and .snap files, and the folders they are in.
  const io::DataDir& files() const { return files_; }
  bool has_log() const { return !files_.segments.empty(); }
  // Why no log was looked for, or none could be: the error of io::FindDataDir.
  const std::optional<Error>& no_log() const { return no_log_; }

  // Reports what is damaged or odd about the file as a whole.
  //
  // Errors: kNotFound, kWrongKind (no database here); those of member::OpenDatabase.
  Result<OpenedDatabase> OpenDatabase(const DatabaseChoice& choice, FindingSink& findings) const;
  // The segments with the entries after `start`, or all; not scanned. Errors: no_log(); those of
  // wal::Log::Open.
  Result<wal::Log> OpenLog(std::optional<uint64_t> start, FindingSink& findings) const;
  // The whole log, scanned.
  Result<wal::Log> ReadLog(FindingSink& findings) const;

 private:
  friend Result<Evidence> Open(const Source& source);
  void LookInDirectory();
  void LookAtFile(io::FileKind kind);
  Result<void> TakeLogFrom(const std::string& wal_dir);

  Source source_;
  std::optional<io::FileKind> file_kind_;
  bool is_data_dir_ = false;
  io::DataDir files_;
  std::optional<Error> no_log_;
  DatabasePlace database_;
  std::optional<Error> no_database_;
};

// Errors: kNotFound (no such path, or no log in the `wal_dir` that was given), kIo. A path that
// holds nothing of etcd's is no error yet: the parts say so when they are asked for.
Result<Evidence> Open(const Source& source);

}  // namespace etcdf::member
