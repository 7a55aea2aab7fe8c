// Whatever passes the check of the structure, liblmdb reads without harm.
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/bytes.h"
#include "lmdb/database.h"
#include "lmdb/structure.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace etcdf;
  const Bytes file(data, size);
  if (!lmdb::CheckStructure(file, "")) return 0;
  const int fd = memfd_create("fuzz", 0);
  if (fd < 0 || write(fd, data, size) != static_cast<ssize_t>(size)) std::abort();
  FindingList findings;
  uint64_t sum = 0;
  if (const auto database = lmdb::OpenDatabase("/proc/self/fd/" + std::to_string(fd))) {
    for (const Bytes name : (*database)->bucket_names()) {
      const auto bucket = (*database)->Open(name);
      if (!bucket) std::abort();
      std::array<backend::Row, 16> rows;
      for (const auto& scan : bucket->Split(3, findings)) {
        while (const size_t count = scan->Next(rows)) {
          for (const backend::Row& row : std::span(rows).first(count)) {
            for (const uint8_t byte : row.key) sum += byte;
            for (const uint8_t byte : row.value) sum += byte;
          }
        }
      }
      const auto cursor = bucket->NewCursor(findings);
      for (bool there = cursor->Last(); there; there = cursor->Prev())
        sum += cursor->row().key.size();
    }
  }
  close(fd);
  return sum == UINT64_MAX ? 1 : 0;
}
