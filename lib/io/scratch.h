// Room for what has no file of its own that can be read at any place: what is packed in an archive,
// or comes from a pipe.
//
// A scratch file has no name in any directory, so nothing is left behind however the process ends.
// The first few megabytes of all of them are in memory (memfd_create(2)), the rest is in unlinked
// files of the temporary directory. Blocks of zeros take no room: a log segment is 64 MB of them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace etcdf::io {

class ScratchFile {
 public:
  ScratchFile(ScratchFile&& other) noexcept;
  ScratchFile& operator=(ScratchFile&&) = delete;
  ~ScratchFile();

  int descriptor() const { return descriptor_; }
  uint64_t size_bytes() const { return size_bytes_; }

 private:
  friend class Scratch;
  explicit ScratchFile(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
  uint64_t size_bytes_ = 0;
  bool in_memory_ = true;
};

class Scratch {
 public:
  // Of all files together.
  static constexpr uint64_t kMemoryBytesMax = 16 << 20;

  // `directory`: for what is too large for memory. Empty: TMPDIR, or else /tmp.
  explicit Scratch(std::string directory);

  const std::string& directory() const { return directory_; }
  // What was written to the temporary directory.
  uint64_t disk_bytes() const { return disk_bytes_; }

  // Errors of both: kIo, with the temporary directory as the subject where that is at fault.
  Result<ScratchFile> Create();
  Result<void> Append(ScratchFile& file, Bytes bytes);
  // Zeros, which take no room.
  static void Skip(ScratchFile& file, uint64_t bytes) { file.size_bytes_ += bytes; }
  // After the last Append: zeros at the end are part of the file, too.
  Result<std::shared_ptr<const ScratchFile>> Finish(ScratchFile file);
  // All that comes from a pipe. Errors: kIo, of reading, too.
  Result<std::shared_ptr<const ScratchFile>> ReadAll(int descriptor);

 private:
  Result<void> MoveToDisk(ScratchFile& file);
  Result<void> Write(ScratchFile& file, Bytes bytes);

  std::string directory_;
  uint64_t memory_bytes_ = 0;
  uint64_t disk_bytes_ = 0;
};

}  // namespace etcdf::io
