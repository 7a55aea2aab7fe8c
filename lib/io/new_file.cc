#include "io/new_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

namespace etcdf::io {

Result<NewFile> NewFile::Create(const std::string& path) {
  auto place = NewPath::Reserve(path);
  if (!place) return Fail(std::move(place).error());
  const int fd =
      open(place->part_path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) return FailErrno("cannot create", place->part_path());
  return NewFile(*std::move(place), fd);
}

NewFile::NewFile(NewFile&& other) noexcept
    : place_(std::move(other.place_)), fd_(std::exchange(other.fd_, -1)) {}

NewFile::~NewFile() {
  if (fd_ >= 0) close(fd_);
}

Result<void> NewFile::Append(Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FailErrno("cannot write", place_.part_path());
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return {};
}

Result<void> NewFile::Overwrite(uint64_t at, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FailErrno("cannot write", place_.part_path());
    bytes = bytes.subspan(static_cast<size_t>(written));
    at += static_cast<uint64_t>(written);
  }
  return {};
}

Result<void> NewFile::Commit() {
  if (fsync(fd_) != 0) return FailErrno("cannot write", place_.part_path());
  return place_.Commit();
}

}  // namespace etcdf::io
