// Whatever an LMDB file holds, it is read without harm, every byte of it once at most.
#include <array>
#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"
#include "lmdb/database.h"

namespace {

using namespace etcdf;

struct Read {
  uint64_t rows = 0;
  uint64_t bytes = 0;
  uint64_t sum = 0;  // so that every byte is looked at
  bool operator==(const Read&) const = default;
};

void Add(Read& read, const backend::Row& row) {
  ++read.rows;
  read.bytes += row.key.size() + row.value.size();
  for (const uint8_t byte : row.key) read.sum += byte;
  for (const uint8_t byte : row.value) read.sum += byte;
}

Read ReadForwards(const backend::Bucket& bucket, size_t parts, FindingSink& findings) {
  Read read;
  std::array<backend::Row, 16> rows;
  for (const auto& scan : bucket.Split(parts, findings)) {
    while (const size_t count = scan->Next(rows)) {
      for (const backend::Row& row : std::span(rows).first(count)) Add(read, row);
    }
  }
  return read;
}

Read ReadBackwards(const backend::Bucket& bucket, FindingSink& findings) {
  Read read;
  const auto cursor = bucket.NewCursor(findings);
  for (bool there = cursor->Last(); there; there = cursor->Prev()) Add(read, cursor->row());
  return read;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FindingList findings;
  const auto database = lmdb::OpenDatabase(Bytes(data, size), "fuzz", findings);
  if (!database) return 0;
  uint64_t bytes = 0;
  for (const Bytes name : (*database)->bucket_names()) {
    const auto bucket = (*database)->Open(name);
    if (!bucket) std::abort();
    const Read forwards = ReadForwards(*bucket, 1, findings);
    if (forwards != ReadForwards(*bucket, 3, findings)) std::abort();
    if (forwards != ReadBackwards(*bucket, findings)) std::abort();
    bytes += forwards.bytes;
    bucket->NewCursor(findings)->Seek(name);
  }
  if (bytes > size) std::abort();
  return 0;
}
