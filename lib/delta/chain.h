// A chain of backups: a snapshot of everything, and after it only the changes, as gardener's
// etcd-backup-restore keeps them (v0.30, pkg/snapstore, pkg/snapshot/snapshotter).
//
//   Full-FIRST-LAST-TIME      what `snapshot save` writes
//   Incr-FIRST-LAST-TIME      events, as JSON, and the SHA-256 of that text in 32 bytes at the end
//
// FIRST and LAST are revisions in eight digits or more, TIME is in seconds since 1970; endings tell
// how a file is packed, and `.final` that the cluster was put to sleep after it. An event is what
// etcd's watch gives: the row that was written, whole, or the key that was deleted. So a chain has
// the bucket `key` as of each of its revisions; of the other buckets it has what the snapshot has.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"
#include "base/bytes.h"
#include "base/finding.h"
#include "base/result.h"

namespace etcdf::delta {

inline constexpr FindingKind kGap{"delta.gap", Severity::kDamage};
inline constexpr FindingKind kShaMismatch{"delta.sha256_mismatch", Severity::kDamage};
inline constexpr FindingKind kUndecodable{"delta.undecodable", Severity::kDamage};
inline constexpr FindingKind kOtherRange{"delta.other_range", Severity::kSuspect};
inline constexpr FindingKind kKeysOnly{"delta.keys_only", Severity::kNote};

struct LinkName {
  bool is_full = false;
  uint64_t revision_first = 0;
  uint64_t revision_last = 0;
  int64_t created = 0;  // seconds since 1970
};

// Nothing for any other file's name.
std::optional<LinkName> ParseLinkName(std::string_view file_name);

// The positions, in a folder's list of file names, of the newest snapshot of everything and of what
// goes on after it, in order. Empty where there is none.
std::vector<size_t> FindChain(const std::vector<std::string>& file_names);

// Rows of the bucket `key`, in order, that links add to a database.
class Rows {
 public:
  // Takes the changes of the next link: those after `after`, which is the last revision that is
  // known. `unpacked` is its content. False where the chain ends before it or within it; what could
  // be read is taken, the rest is reported.
  bool Take(const LinkName& name, Bytes unpacked, const std::string& path, FindingSink& findings);

  // The last revision of the database that rows are added to.
  explicit Rows(int64_t revision) : revision_(revision) {}

  // The last revision known.
  int64_t revision() const { return revision_; }
  bool empty() const { return sizes_.empty(); }
  size_t size() const { return sizes_.size(); }
  // Views into this object.
  std::vector<backend::Row> All() const;

 private:
  class EventReader;
  struct Size {
    uint32_t key = 0;
    uint32_t value = 0;
  };

  int64_t revision_;
  std::string bytes_;  // keys and values, in turn
  std::vector<Size> sizes_;
};

// `base` with the rows after its own. Only bucket `key` differs.
std::unique_ptr<backend::Database> Extend(std::unique_ptr<backend::Database> base, Rows rows);

}  // namespace etcdf::delta
