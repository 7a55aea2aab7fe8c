// Loaded before the C library (LD_PRELOAD), gives a tool faults that a disk would give it.
// ETCDF_FAULT is one of:
//
//   read:PATH:OFFSET    the page at OFFSET of files whose path ends in PATH cannot be delivered: an
//                       access to it in a mapping is answered with SIGBUS, as after an EIO
//   cut:PATH:SIZE       such a file becomes so short once it has been mapped
//   write:COUNT:ERRNO   whatever writes to a regular file or syncs it fails after so many times
//   signal:COUNT:SIGNAL the process gets the signal the first time after that
#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

// Points into the environment. Read anew each time and without an allocation: the first call of
// mmap is that of a sanitizer, when nothing is ready yet.
struct Fault {
  std::string_view kind = {};
  std::string_view path = {};
  long first = 0;
  int second = 0;
};

Fault TheFault() {
  const char* const text = std::getenv("ETCDF_FAULT");
  if (text == nullptr) return {};
  const std::string_view whole = text;
  const size_t colon = whole.find(':'), last = whole.rfind(':');
  Fault fault{.kind = whole.substr(0, colon), .path = whole.substr(colon + 1, last - colon - 1)};
  const bool has_path = fault.kind == "read" || fault.kind == "cut";
  fault.first = std::atol(has_path ? text + last + 1 : fault.path.data());
  fault.second = std::atoi(text + last + 1);
  return fault;
}

template <typename Function>
Function* Next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

struct Path {
  std::array<char, 4096> bytes = {};
  size_t size = 0;
};

Path PathOf(int fd) {
  Path path;
  std::array<char, 32> link = {};
  std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link.data(), path.bytes.data(), path.bytes.size() - 1);
  path.size = size < 0 ? 0 : static_cast<size_t>(size);
  return path;
}

// Whether this call is to fail; errno says how.
bool Fails(int fd) {
  static std::atomic<long> calls = 0;
  const Fault fault = TheFault();
  if (fault.kind != "write" && fault.kind != "signal") return false;
  struct stat status = {};
  if (fd <= STDERR_FILENO || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return false;
  const long call = calls++;
  if (fault.kind == "signal") {
    if (call == fault.first) kill(getpid(), fault.second);
    return false;
  }
  errno = fault.second;
  return call >= fault.first;
}

void* MapReally(void* address, size_t length, int protection, int flags, int fd, off_t offset) {
  return std::bit_cast<void*>(syscall(SYS_mmap, address, length, protection, flags, fd, offset));
}

void* Map(void* address, size_t length, int protection, int flags, int fd, off_t offset) {
  void* const memory = MapReally(address, length, protection, flags, fd, offset);
  const Fault fault = TheFault();
  if (memory == MAP_FAILED || fd < 0 || (fault.kind != "cut" && fault.kind != "read")) {
    return memory;
  }
  const Path path = PathOf(fd);
  if (!std::string_view(path.bytes.data(), path.size).ends_with(fault.path)) return memory;
  if (fault.kind == "cut" && truncate(path.bytes.data(), fault.first) != 0) std::abort();
  if (fault.kind == "read" && static_cast<size_t>(fault.first) < length) {
    // A page of an empty file, which nothing can deliver.
    const int empty = memfd_create("empty", 0);
    const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    MapReally(static_cast<char*>(memory) + fault.first, page, protection, MAP_SHARED | MAP_FIXED,
              empty, 0);
    close(empty);
  }
  return memory;
}

}  // namespace

extern "C" {

void* mmap(void* address, size_t length, int protection, int flags, int fd, off_t offset) noexcept {
  return Map(address, length, protection, flags, fd, offset);
}
void* mmap64(void* address, size_t length, int protection, int flags, int fd,
             off64_t offset) noexcept {
  return Map(address, length, protection, flags, fd, offset);
}
ssize_t write(int fd, const void* data, size_t size) {
  return Fails(fd) ? -1 : Next<ssize_t(int, const void*, size_t)>("write")(fd, data, size);
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  return Fails(fd) ? -1
                   : Next<ssize_t(int, const void*, size_t, off_t)>("pwrite")(fd, data, size, at);
}
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
  return pwrite(fd, data, size, at);
}
ssize_t writev(int fd, const struct iovec* parts, int count) {
  return Fails(fd) ? -1 : Next<ssize_t(int, const struct iovec*, int)>("writev")(fd, parts, count);
}
ssize_t pwritev(int fd, const struct iovec* parts, int count, off_t at) {
  return Fails(fd)
             ? -1
             : Next<ssize_t(int, const struct iovec*, int, off_t)>("pwritev")(fd, parts, count, at);
}
int fsync(int fd) { return Fails(fd) ? -1 : Next<int(int)>("fsync")(fd); }
int fdatasync(int fd) { return Fails(fd) ? -1 : Next<int(int)>("fdatasync")(fd); }
int ftruncate(int fd, off_t size) noexcept {
  return Fails(fd) ? -1 : Next<int(int, off_t)>("ftruncate")(fd, size);
}
int ftruncate64(int fd, off64_t size) noexcept { return ftruncate(fd, size); }

}  // extern "C"
