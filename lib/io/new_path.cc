#include "io/new_path.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <utility>

namespace etcdf::io {
namespace {

// What cannot be looked at cannot be made either, and making it tells why.
bool Exists(const std::string& path) {
  struct stat state {};
  return lstat(path.c_str(), &state) == 0;
}

}  // namespace

Result<NewPath> NewPath::Reserve(const std::string& path) {
  std::string plain = path;
  while (plain.size() > 1 && plain.ends_with('/')) plain.pop_back();
  for (const std::string& name : {plain, plain + ".part"}) {
    if (!Exists(name)) continue;
    return Fail(
        {.code = ErrorCode::kIo, .what = "is there already, and is not replaced", .subject = name});
  }
  return NewPath(plain);
}

NewPath::NewPath(NewPath&& other) noexcept
    : path_(std::move(other.path_)),
      part_path_(std::move(other.part_path_)),
      done_(std::exchange(other.done_, true)) {}

NewPath::~NewPath() {
  std::error_code ignored;
  if (!done_) std::filesystem::remove_all(part_path_, ignored);
}

Result<void> NewPath::Commit() {
  if (renameat2(AT_FDCWD, part_path_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) != 0) {
    return FailErrno("cannot give it its name", path_);
  }
  done_ = true;
  const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
  const int fd = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    fsync(fd);
    close(fd);
  }
  return {};
}

}  // namespace etcdf::io
