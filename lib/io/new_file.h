// A file in the making that pieces are appended to: whole or not there.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "io/new_path.h"

namespace etcdf::io {

// Readable by its owner alone, as what comes from a database may be secret. Not committed, it is
// removed again (NewPath).
class NewFile {
 public:
  // `path` and `path`.part must not exist. Errors: kIo.
  static Result<NewFile> Create(const std::string& path);

  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();

  // Errors: kIo.
  Result<void> Append(Bytes bytes);
  // Replaces bytes that were appended before. Errors: kIo.
  Result<void> Overwrite(uint64_t at, Bytes bytes);
  // Where it is while it is in the making.
  const std::string& part_path() const { return place_.part_path(); }
  // Sees it to the disk and gives it its name. Errors: kIo.
  Result<void> Commit();

 private:
  NewFile(NewPath place, int fd) : place_(std::move(place)), fd_(fd) {}

  NewPath place_;
  int fd_;
};

}  // namespace etcdf::io
