// A file or folder that is either whole or not there.
#pragma once

#include <string>

#include "base/result.h"

namespace etcdf::io {

// Something in the making: written at part_path(), and at its own path once it is whole. What is
// not committed is removed again. Nothing that was there before is ever replaced or removed.
class NewPath {
 public:
  // `path` and `path`.part must not exist. Errors: kIo.
  static Result<NewPath> Reserve(const std::string& path);

  NewPath(NewPath&& other) noexcept;
  NewPath& operator=(NewPath&&) = delete;
  ~NewPath();

  // Where to make it, a file or a folder.
  const std::string& part_path() const { return part_path_; }

  // Gives it its name, and sees the name to the disk; its content is up to the caller. Errors: kIo,
  // also if something of that name has come into being meanwhile.
  Result<void> Commit();

 private:
  explicit NewPath(const std::string& path) : path_(path), part_path_(path + ".part") {}

  std::string path_;
  std::string part_path_;
  bool done_ = false;
};

}  // namespace etcdf::io
