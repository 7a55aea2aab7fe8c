// Which entries put what: finds the entry that stored rows may have come from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "apply/stored_row.h"
#include "base/bytes.h"
#include "raft/payload.h"
#include "replay/entries.h"

namespace etcdf::replay {

class Contents {
 public:
  // Takes all puts, those in both branches of transactions included.
  explicit Contents(const Entries& entries);

  // The positions of entries that put this key with this value, ascending, at most `max` of them
  // and the nearest to `position`. By hash: seldom, an entry may be among them that does not.
  std::vector<size_t> Near(const apply::StoredRow& row, size_t position, size_t max) const;

 private:
  struct Put {
    uint64_t hash;
    size_t position;
  };
  std::vector<Put> puts_;  // ascending by hash, then position
};

// Calls `visit` with the puts of a request, those in both branches of transactions included.
void ForEachPut(const raft::Payload& payload,
                const std::function<void(raft::MessageView put)>& visit);

// Entries that may change keys, whatever comes of them.
size_t CountWrites(std::span<const wire::Entry> entries);

uint64_t HashContent(Bytes key, Bytes value);

}  // namespace etcdf::replay
