#include "io/scratch.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

namespace etcdf::io {
namespace {

constexpr size_t kBlockBytes = 4096;

std::string DirectoryOrDefault(std::string directory) {
  if (!directory.empty()) return directory;
  const char* const named = std::getenv("TMPDIR");
  return named != nullptr && *named != '\0' ? named : "/tmp";
}

bool IsZero(Bytes bytes) {
  return bytes.empty() ||
         (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

bool WriteAt(int descriptor, Bytes bytes, uint64_t at) {
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<size_t>(written));
    at += static_cast<uint64_t>(written);
  }
  return true;
}

// A file that no directory has; where the file system cannot make one, it is unlinked at once.
int OpenUnlinked(const std::string& directory) {
  const int descriptor = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
  if (descriptor >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)) {
    return descriptor;
  }
  std::string name = directory + "/etcd-forensics-XXXXXX";
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(name.c_str());
  return named;
}

}  // namespace

ScratchFile::ScratchFile(ScratchFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      size_bytes_(other.size_bytes_),
      in_memory_(other.in_memory_) {}

ScratchFile::~ScratchFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Scratch::Scratch(std::string directory) : directory_(DirectoryOrDefault(std::move(directory))) {}

Result<ScratchFile> Scratch::Create() {
  const int descriptor = ::memfd_create("etcd-forensics", MFD_CLOEXEC);
  if (descriptor < 0) return FailErrno("cannot make a file in memory", "memfd_create");
  return ScratchFile(descriptor);
}

Result<void> Scratch::Append(ScratchFile& file, Bytes bytes) {
  while (!bytes.empty()) {
    const Bytes block =
        bytes.first(std::min<size_t>(bytes.size(), kBlockBytes - file.size_bytes_ % kBlockBytes));
    size_t length = block.size();
    if (!IsZero(block)) {
      // As many blocks in one write as have content.
      while (length < bytes.size()) {
        const Bytes next = bytes.subspan(length, std::min(kBlockBytes, bytes.size() - length));
        if (IsZero(next)) break;
        length += next.size();
      }
      if (auto written = Write(file, bytes.first(length)); !written) return written;
    }
    file.size_bytes_ += length;
    bytes = bytes.subspan(length);
  }
  return {};
}

Result<void> Scratch::Write(ScratchFile& file, Bytes bytes) {
  if (file.in_memory_ && memory_bytes_ + bytes.size() > kMemoryBytesMax) {
    if (auto moved = MoveToDisk(file); !moved) return moved;
  }
  if (!WriteAt(file.descriptor_, bytes, file.size_bytes_)) {
    return FailErrno("cannot write what was unpacked", directory_);
  }
  (file.in_memory_ ? memory_bytes_ : disk_bytes_) += bytes.size();
  return {};
}

// What is in memory of it is copied; holes stay holes.
Result<void> Scratch::MoveToDisk(ScratchFile& file) {
  ScratchFile moved(OpenUnlinked(directory_));
  if (moved.descriptor_ < 0) return FailErrno("cannot make a temporary file", directory_);
  moved.in_memory_ = false;
  std::vector<uint8_t> block(1 << 20);
  uint64_t at = 0;
  while (at < file.size_bytes_) {
    const ssize_t got =
        ::pread(file.descriptor_, block.data(), block.size(), static_cast<off_t>(at));
    if (got <= 0) break;  // a hole to its end
    const Bytes content(block.data(), static_cast<size_t>(got));
    if (!IsZero(content)) {
      if (!WriteAt(moved.descriptor_, content, at)) {
        return FailErrno("cannot write what was unpacked", directory_);
      }
      disk_bytes_ += content.size();
    }
    at += content.size();
  }
  std::swap(file.descriptor_, moved.descriptor_);
  file.in_memory_ = false;
  return {};
}

Result<std::shared_ptr<const ScratchFile>> Scratch::Finish(ScratchFile file) {
  if (::ftruncate(file.descriptor_, static_cast<off_t>(file.size_bytes_)) != 0) {
    return FailErrno("cannot write what was unpacked", directory_);
  }
  return std::make_shared<const ScratchFile>(std::move(file));
}

Result<std::shared_ptr<const ScratchFile>> Scratch::ReadAll(int descriptor) {
  auto file = Create();
  if (!file) return Fail(file.error());
  std::vector<uint8_t> piece(256 << 10);
  for (;;) {
    const ssize_t got = ::read(descriptor, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno("cannot read standard input", "-");
    if (got == 0) return Finish(*std::move(file));
    const Bytes content(piece.data(), static_cast<size_t>(got));
    if (auto written = Append(*file, content); !written) return Fail(written.error());
  }
}

}  // namespace etcdf::io
