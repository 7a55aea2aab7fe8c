#include "io/mapped_file.h"

#include "base/counted.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <limits>
#include <mutex>
#include <sstream>
#include <string>

namespace etcdf::io {

namespace {

// What the SIGBUS handler needs to know of the file behind a mapping. Only `first_fault` changes
// while it is registered.
struct Source {
  std::string path;
  dev_t device = 0;
  ino_t inode = 0;
  std::atomic<uint64_t> first_fault{std::numeric_limits<uint64_t>::max()};
};

// Plain addresses: the handler may only touch lock-free atomics.
struct Slot {
  std::atomic<uintptr_t> begin{0};
  std::atomic<uintptr_t> end{0};
  std::atomic<Source*> source{nullptr};
};

// All live mappings. A member's WAL holds a handful of segments; 4096 of them would be 256 GB.
constexpr size_t kMaxMappings = 4096;
std::array<Slot, kMaxMappings> g_slots;
struct sigaction g_previous_action;

// Whether the file ends at or before the offset by now, as far as its path still leads to it.
bool HasShrunkTo(const Source& source, uint64_t offset) {
  struct stat status = {};
  return ::stat(source.path.c_str(), &status) == 0 && status.st_dev == source.device &&
         status.st_ino == source.inode && static_cast<uint64_t>(status.st_size) <= offset;
}

bool MapZeros(uintptr_t begin, uintptr_t end) {
  return ::mmap(reinterpret_cast<void*>(begin), end - begin, PROT_READ,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
}

// Zeros in place of the page; of all that follows where nothing does any more. The system limits
// the mappings of a process (vm.max_map_count, 65530): one for each page of a large file that
// shrank would be more. Where that limit is met all the same, what follows is given up.
bool ReplaceFrom(uintptr_t page, uintptr_t page_bytes, const Slot& slot) {
  const uintptr_t begin = slot.begin.load(std::memory_order_relaxed);
  const uintptr_t end = slot.end.load(std::memory_order_relaxed);
  Source& source = *slot.source.load(std::memory_order_relaxed);
  const uint64_t offset = page - begin;
  const bool shrank = HasShrunkTo(source, offset);
  if (!MapZeros(page, shrank ? end : page + page_bytes) && !MapZeros(page, end)) return false;
  uint64_t seen = source.first_fault.load();
  while (offset < seen && !source.first_fault.compare_exchange_weak(seen, offset)) {
  }
  return true;
}

void OnBusError(int signal, siginfo_t* info, void* context) {
  static const auto page_bytes = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const int errno_before = errno;
  const auto address = reinterpret_cast<uintptr_t>(info->si_addr);
  for (const Slot& slot : g_slots) {
    const uintptr_t begin = slot.begin.load(std::memory_order_acquire);
    if (begin == 0 || address < begin || address >= slot.end.load(std::memory_order_relaxed)) {
      continue;
    }
    if (!ReplaceFrom(address & ~(page_bytes - 1), page_bytes, slot)) break;
    errno = errno_before;
    return;
  }
  // Not ours: hand it to whoever was there before us, or let the access fault again and end us.
  if ((g_previous_action.sa_flags & SA_SIGINFO) != 0) {
    g_previous_action.sa_sigaction(signal, info, context);
  } else {
    ::signal(SIGBUS, SIG_DFL);
  }
}

void InstallHandlerOnce() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction action = {};
    action.sa_sigaction = OnBusError;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigemptyset(&action.sa_mask);
    ::sigaction(SIGBUS, &action, &g_previous_action);
  });
}

bool Register(uintptr_t begin, uintptr_t end, Source* source) {
  static std::mutex mutex;
  const std::scoped_lock lock(mutex);
  for (Slot& slot : g_slots) {
    if (slot.begin.load() != 0) continue;
    slot.source.store(source);
    slot.end.store(end);
    slot.begin.store(begin, std::memory_order_release);
    return true;
  }
  return false;
}

void Unregister(uintptr_t begin) {
  for (Slot& slot : g_slots) {
    uintptr_t expected = begin;
    if (slot.begin.compare_exchange_strong(expected, 0)) return;
  }
}

// A descriptor closed at the end of its scope; the mapping outlives it.
struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

int OpenQuietly(const char* path) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer. O_NOATIME: only owners may, hence the
  // retry.
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  const int fd = ::open(path, kFlags | O_NOATIME);
  return fd >= 0 || errno != EPERM ? fd : ::open(path, kFlags);
}

// etcd locks with open-file-description locks, which F_OFD_GETLK reports without setting one.
bool IsWriteLocked(int fd) {
  struct flock lock = {};
  lock.l_type = F_RDLCK;
  lock.l_whence = SEEK_SET;
  return ::fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

// bbolt locks with flock, which no call asks about without taking the lock. The kernel lists all
// locks: "1: FLOCK  ADVISORY  WRITE 812 fe:01:393241 0 EOF", device and inode in the sixth word.
bool IsFlocked(const struct stat& status) {
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    std::istringstream words(line);
    std::string ordinal, kind, mode, access, process, file;
    words >> ordinal >> kind >> mode >> access >> process >> file;
    if (kind != "FLOCK" || access != "WRITE") continue;
    unsigned major_number = 0, minor_number = 0;
    unsigned long inode = 0;
    char colon = 0;
    std::istringstream numbers(file);
    numbers >> std::hex >> major_number >> colon >> minor_number >> colon >> std::dec >> inode;
    if (inode == status.st_ino && makedev(major_number, minor_number) == status.st_dev) return true;
  }
  return false;
}

}  // namespace

struct MappedFile::Mapping {
  uintptr_t begin = 0;
  uintptr_t end = 0;
  Source source;
};

Result<MappedFile> MappedFile::Open(const std::string& path) {
  const Descriptor file{OpenQuietly(path.c_str())};
  if (file.fd < 0) return FailErrno("cannot open", path);
  struct stat status = {};
  if (::fstat(file.fd, &status) != 0) return FailErrno("cannot stat", path);
  if (!S_ISREG(status.st_mode)) {
    return Fail(
        {.code = ErrorCode::kWrongKind,
         .what = S_ISDIR(status.st_mode) ? "is a directory, not a file" : "is not a regular file",
         .subject = path});
  }
  auto mapped = Map(path, file.fd, status);
  if (mapped) mapped->in_use_ = IsWriteLocked(file.fd) || IsFlocked(status);
  return mapped;
}

Result<MappedFile> MappedFile::Open(const std::string& path,
                                    const std::shared_ptr<const ScratchFile>& content) {
  if (content == nullptr) return Open(path);
  struct stat status = {};
  if (::fstat(content->descriptor(), &status) != 0) return FailErrno("cannot stat", path);
  auto mapped = Map(path, content->descriptor(), status);
  if (mapped) mapped->has_path_ = false;
  return mapped;
}

Result<MappedFile> MappedFile::Map(const std::string& path, int descriptor,
                                   const struct stat& status) {
  if (status.st_size == 0) return MappedFile(path, {}, nullptr);
  const auto size = static_cast<size_t>(status.st_size);
  void* const memory = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
  if (memory == MAP_FAILED) return FailErrno("cannot map", path);
  ::madvise(memory, size, MADV_SEQUENTIAL);

  auto mapping = std::make_unique<Mapping>();
  mapping->begin = reinterpret_cast<uintptr_t>(memory);
  mapping->end = mapping->begin + size;
  mapping->source.path = path;
  mapping->source.device = status.st_dev;
  mapping->source.inode = status.st_ino;
  InstallHandlerOnce();
  if (!Register(mapping->begin, mapping->end, &mapping->source)) {
    ::munmap(memory, size);
    return Fail({.code = ErrorCode::kUnsupported,
                 .what = "too many files are open at once (4096)",
                 .subject = path});
  }
  return MappedFile(path, Bytes(static_cast<const uint8_t*>(memory), size), std::move(mapping));
}

MappedFile::MappedFile(std::string path, Bytes bytes, std::unique_ptr<Mapping> mapping)
    : path_(std::move(path)), bytes_(bytes), mapping_(std::move(mapping)) {}

MappedFile::MappedFile(MappedFile&& other) noexcept = default;

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  if (this != &other) {
    Unmap();
    path_ = std::move(other.path_);
    bytes_ = other.bytes_;
    mapping_ = std::move(other.mapping_);
    in_use_ = other.in_use_;
    has_path_ = other.has_path_;
  }
  return *this;
}

MappedFile::~MappedFile() { Unmap(); }

void MappedFile::Unmap() {
  if (mapping_ == nullptr) return;
  Unregister(mapping_->begin);
  ::munmap(reinterpret_cast<void*>(mapping_->begin), mapping_->end - mapping_->begin);
  mapping_.reset();
}

std::optional<Finding> MappedFile::Fault() const {
  struct stat status = {};
  const uint64_t mapped = bytes_.size();
  if (has_path_ && ::stat(path_.c_str(), &status) == 0 &&
      static_cast<uint64_t>(status.st_size) < mapped) {
    const auto now = static_cast<uint64_t>(status.st_size);
    return Finding{
        .kind = kFileShrank,
        .file = path_,
        .offset = now,
        .length = mapped - now,
        .what = "the file had " + Counted(mapped, "byte", "bytes") +
                " when it was opened and has " + std::to_string(now) + " now",
        .consequence = "what was read beyond may be zeros; copy the file and read the copy"};
  }
  if (mapping_ == nullptr) return std::nullopt;
  const uint64_t first = mapping_->source.first_fault.load();
  if (first == std::numeric_limits<uint64_t>::max()) return std::nullopt;
  return Finding{
      .kind = kReadError,
      .file = path_,
      .offset = first,
      .what = "the system could not deliver the page at this offset",
      .consequence = "zeros were read in its place, there and wherever else reading failed"};
}

}  // namespace etcdf::io
