// An edit script of a log: how what happened to a member differs from what its log says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace etcdf::replay {
class StoredRows;
}  // namespace etcdf::replay

namespace etcdf::audit {

enum class EditKind : uint8_t {
  kSkip,      // the next `count` entries are not taken
  kRepeat,    // the last `count` entries are taken again
  kForce,     // the entry writes what is stored at the next revision
  kIgnore,    // the entry writes what it says, whatever is stored of it now
  kUnlogged,  // the rows stored at the next revision are written, by no entry
  kShift,     // `count` revisions pass
};

// Happens when the walk comes to its entry, once all edits before it have happened.
struct Edit {
  EditKind kind = EditKind::kSkip;
  size_t position = 0;  // of the entry in the log; the log's size: behind the last
  size_t count = 0;
  // Of kShift: if it is not empty, the first of the revisions put this key, with a value that is
  // not known any more.
  std::string_view key = {};
  // Of kUnlogged: where the rows are stored, if not in the member's own database any more.
  const replay::StoredRows* rows = nullptr;

  friend bool operator==(const Edit&, const Edit&) = default;
};

// In the order in which they happen.
using Script = std::vector<Edit>;

}  // namespace etcdf::audit
