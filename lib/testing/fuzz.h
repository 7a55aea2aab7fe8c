// What fuzz targets share: how one input becomes several, and how a target tells of a failure.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/bytes.h"

namespace etcdf::testing {

inline void Require(bool holds) {
  if (!holds) std::abort();
}

// No view reaches outside of what it is a view of.
inline void RequireWithin(Bytes whole, Bytes part) {
  Require(part.empty() || (part.data() >= whole.data() &&
                           part.data() + part.size() <= whole.data() + whole.size()));
}

// Takes numbers and pieces from the front of an input. At its end there are zeros and empty pieces.
class FuzzInput {
 public:
  FuzzInput(const uint8_t* data, size_t size) : rest_(data, size) {}

  bool empty() const { return rest_.empty(); }
  Bytes Take(size_t size) {
    const Bytes taken = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  uint8_t Byte() {
    const Bytes taken = Take(1);
    return taken.empty() ? 0 : taken[0];
  }
  // Behind its length: a byte, or two in little-endian order.
  Bytes Piece() { return Take(Byte()); }
  Bytes LongPiece() {
    const size_t low = Byte();
    return Take(low | size_t{Byte()} << 8);
  }
  Bytes Rest() { return Take(rest_.size()); }

 private:
  Bytes rest_;
};

// Bytes as a file, for what opens files by name; without a file system.
class MemoryFile {
 public:
  explicit MemoryFile(Bytes content) : fd_(memfd_create("fuzz", MFD_CLOEXEC)) {
    Require(fd_ >= 0);
    Require(write(fd_, content.data(), content.size()) == static_cast<ssize_t>(content.size()));
  }
  ~MemoryFile() { close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

}  // namespace etcdf::testing
