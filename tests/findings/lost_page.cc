// To be preloaded: of every file that is mapped, the page at 4096 cannot be delivered, as if the
// disk had failed there. The kernel answers an access to it with SIGBUS, as it does then.
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <bit>
#include <cstddef>

namespace {

constexpr size_t kPageBytes = 4096;

void* Map(void* address, size_t bytes, int protection, int flags, int file, off_t offset) {
  return std::bit_cast<void*>(::syscall(SYS_mmap, address, bytes, protection, flags, file, offset));
}

}  // namespace

extern "C" void* mmap(void* address, size_t bytes, int protection, int flags, int file,
                      off_t offset) noexcept {
  void* const memory = Map(address, bytes, protection, flags, file, offset);
  if (memory == MAP_FAILED || file < 0 || (flags & MAP_SHARED) == 0 || bytes <= kPageBytes) {
    return memory;
  }
  // A page behind the end of a file is such a page: here of one that is empty.
  const int empty = ::memfd_create("lost page", MFD_CLOEXEC);
  Map(static_cast<char*>(memory) + kPageBytes, kPageBytes, protection, flags | MAP_FIXED, empty, 0);
  ::close(empty);
  return memory;
}
