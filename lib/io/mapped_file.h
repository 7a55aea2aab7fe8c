// A file of evidence, mapped read-only.
//
// Opened with O_RDONLY, never locked, its access time left alone where the system permits. Only
// regular files: a FIFO, socket or device is refused and never waited for.
//
// What was unpacked from an archive has no name in any directory (scratch.h): it is mapped in the
// same way, and its path only says what it is.
//
// A mapping is taken from the file's size at Open. If the file shrinks afterwards, or the disk
// cannot deliver a page, the kernel answers an access with SIGBUS; a handler installed by the first
// Open puts a page of zeros there, or zeros up to the end if the file ends before it, and notes the
// place, so reading goes on and Fault() tells what happened. Decoders need no check of their own:
// zeros are never a valid frame or page.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/finding.h"
#include "base/result.h"
#include "io/scratch.h"

struct stat;

namespace etcdf::io {

inline constexpr FindingKind kFileShrank{"io.file_shrank", Severity::kDamage};
inline constexpr FindingKind kUnreadable{"io.unreadable", Severity::kDamage};
inline constexpr FindingKind kReadError{"io.read_error", Severity::kDamage};

class MappedFile {
 public:
  // Errors: kIo (cannot be opened or mapped), kWrongKind (not a regular file).
  static Result<MappedFile> Open(const std::string& path);
  // What was unpacked, unless that is null: else the file at `path`.
  static Result<MappedFile> Open(const std::string& path,
                                 const std::shared_ptr<const ScratchFile>& content);

  MappedFile(MappedFile&&) noexcept;
  MappedFile& operator=(MappedFile&&) noexcept;
  ~MappedFile();

  const std::string& path() const { return path_; }
  // Whether a directory has it at its path.
  bool has_path() const { return has_path_; }
  // Valid as long as this object. Empty for an empty file.
  Bytes bytes() const { return bytes_; }
  // Whether another process held a write lock on the file when it was opened, as a running etcd
  // does on its segments (etcd v3.6.9, client/pkg/fileutil: by open file description) and on its
  // database (bbolt v1.4.3, bolt_unix.go: flock). Asked without taking a lock; a flock is seen only
  // where /proc/locks lists it, as it does for processes of the same container.
  bool in_use() const { return in_use_; }

  // What went wrong while reading, if anything: io.file_shrank or io.read_error, with the first
  // offset from which zeros were read in place of the file's bytes. Asks the file for its present
  // size.
  std::optional<Finding> Fault() const;

 private:
  struct Mapping;
  MappedFile(std::string path, Bytes bytes, std::unique_ptr<Mapping> mapping);
  static Result<MappedFile> Map(const std::string& path, int descriptor, const struct stat& status);
  void Unmap();

  std::string path_;
  Bytes bytes_;
  std::unique_ptr<Mapping> mapping_;
  bool in_use_ = false;
  bool has_path_ = true;
};

}  // namespace etcdf::io
