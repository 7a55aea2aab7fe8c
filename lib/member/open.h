// The one door to evidence: finds what a path holds, of whatever kind, and opens the parts of it
// that a tool asks for.
//
//   DIR/member/{wal,snap}     a data directory
//   DIR/{wal,snap}            its member folder
//   DIR/db                    its snap folder, or a flat folder where segments lie beside the db
//   DIR/*.wal                 a WAL directory
//   DIR/data.mdb              an LMDB environment
//   FILE                      a database, a segment, a .snap file: told by content
//   DIR/{Full,Incr}-*         a chain of backups (delta/chain.h)
//   DIR/*                     the only database there
//   ARCHIVE, ARCHIVE/NAME     one of these, packed (archive/unpack.h); NAME says which, of several
//   -                         one of these, from standard input
//
// Open() only looks, and nothing is scanned before it is asked for. What is packed is unpacked, as
// far as the parts asked for go.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "base/result.h"
#include "io/data_dir.h"
#include "io/detect.h"
#include "io/mapped_file.h"
#include "member/open_database.h"
#include "member/parts.h"
#include "wal/log.h"

namespace etcdf::member {

struct Source {
  std::string path = {};
  // Where the segments are, if not beside the database: a WAL directory, a segment, or a directory
  // that has such a folder. Empty: beside the database.
  std::string wal_dir = {};
  // For what is unpacked and too large for memory. Empty: TMPDIR, or else /tmp.
  std::string temporary_dir = {};
};

class Evidence {
 public:
  const Source& source() const { return source_; }
  // What a file is, by its content; nothing for a directory.
  std::optional<io::FileKind> file_kind() const { return file_kind_; }
  // That file. Errors: those of io::MappedFile::Open.
  const io::EvidenceFile& file() const { return file_; }
  Result<io::MappedFile> MapFile() const { return io::MappedFile::Open(file_.path, file_.content); }
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
  friend Result<Evidence> Open(const Source& source, Parts parts, FindingSink& findings);
  class Opener;

  Source source_;
  std::optional<io::FileKind> file_kind_;
  io::EvidenceFile file_;
  bool is_data_dir_ = false;
  io::DataDir files_;
  std::optional<Error> no_log_;
  DatabasePlace database_;
  std::optional<Error> no_database_;
  std::vector<std::string> links_;  // of a chain, after the database
};

// Reports what is wrong with an archive.
//
// Errors: kNotFound (no such path, or no log in the `wal_dir` that was given), kIo; those of
// archive::Unpack; kUsage (an archive with several of what is looked for). A path that holds
// nothing of etcd's is no error yet: the parts say so when they are asked for.
Result<Evidence> Open(const Source& source, Parts parts, FindingSink& findings);

// A directory that etcd did not lay out, and that is no chain of backups: perhaps a folder of them.
bool IsFolderOfFiles(const std::string& path);

}  // namespace etcdf::member
