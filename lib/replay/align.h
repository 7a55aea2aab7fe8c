// Which revision of a database belongs to which entry, where the log does not begin with it: the
// member joined by a snapshot or was restored from one, or old segments were purged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "apply/rules.h"
#include "mvcc/store.h"
#include "replay/contents.h"
#include "replay/entries.h"
#include "replay/stored_rows.h"

namespace etcdf::replay {

// In front of the entry at `position`, the member was at `revision`.
struct Alignment {
  size_t position = 0;
  int64_t revision = 1;

  friend bool operator==(const Alignment&, const Alignment&) = default;
};

// The likeliest, in the order of entries. An entry that puts a value tells by where that is stored;
// since values come back, the puts behind it have to be stored behind it, not farther than the log
// allows. The keys of the database are known as of each revision given.
std::vector<Alignment> FindAlignments(const Entries& entries, const StoredRows& rows);

// Where a database that was restored from a backup went on, the entry at `position` being the first
// that was applied to it: the likeliest first. Its revision as of then is written nowhere. It
// follows from where what was put since is stored, and from how many entries may have written; none
// are given where it is compacted.
std::vector<Alignment> FindRestored(const Entries& entries, const StoredRows& rows,
                                    size_t position);

// As FindAlignments, with the database of another member of the cluster, in front of the entries
// that the member at hand has applied. One more is certain there: where that database ends, the
// entry behind its consistent index goes on.
std::vector<Alignment> FindAlignmentsAcross(const Entries& entries, const mvcc::Store& peer);

}  // namespace etcdf::replay
