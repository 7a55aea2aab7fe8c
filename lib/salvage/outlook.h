// What the tree that etcd would read says about rows that are not in it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bolt/file.h"
#include "salvage/recovered.h"

namespace etcdf::salvage {

// What became of a row.
enum class Standing : uint8_t {
  kStored,     // it is in the tree
  kLost,       // it ought to be: its revision is above the compaction, and the tree has later ones
  kLater,      // its revision is above the tree's last, or of a later entry: the tree was older
  kCompacted,  // the tree is whole and does without it
  kUnknown,    // as kCompacted, but the tree is damaged, and may have lost it instead
};

// "stored", "lost", "later", "compacted", "unknown".
const char* StandingName(Standing standing);

struct Outlook {
  bool has_tree = false;  // any tree of bucket `key`
  // And nothing about it is damaged, and it has the rows of the last compaction, unless these were
  // deletions and etcd older than 3.4.34 or 3.5.16, which removed them: that cannot be told.
  bool is_whole = false;
  int64_t compact_revision = -1;
  int64_t revision = 0;  // the last in the tree
  std::optional<uint64_t> consistent_index = {};

  Standing Of(const FoundRow& row) const;
};

// Of the meta page that etcd would choose. Reports what is damaged about bucket `key`.
Outlook LookInto(const bolt::File& file, FindingSink& findings);

// The state as of the last row, from rows ascending by revision: the newest row of each key.
// Memory: some 40 bytes for each key.
std::vector<FoundRow> NewestOfEachKey(const Recovered& content, const std::vector<FoundRow>& rows);

// Main revisions that no row has, between the first and the last of `rows` that lie above
// `compacted`, the revision of the last compaction; -1: none is known.
struct MissingRevisions {
  uint64_t count = 0;
  int64_t first = 0;  // if there are any
};
MissingRevisions FindMissing(int64_t compacted, const std::vector<FoundRow>& rows);

}  // namespace etcdf::salvage
