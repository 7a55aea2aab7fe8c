// Which entry of a log wrote which revision, by content alone: where a damaged database has lost
// the state that the log begins with, nothing else tells.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "salvage/page_rows.h"
#include "wire/raft_records.h"

namespace etcdf::salvage {

// The entry at `position` wrote revision `main`.
struct Anchor {
  size_t position = 0;
  int64_t main = 0;

  friend bool operator==(const Anchor&, const Anchor&) = default;
};

// Ascending by both. A key with its value that one entry puts and one row has makes a pair; the
// anchors are the most of these pairs that can all be right: no entry writes more than one
// revision. Memory: some 40 bytes for each row and each put.
std::vector<Anchor> FindAnchors(std::span<const wire::Entry> entries, const PageRows& pages);

}  // namespace etcdf::salvage
