// Rows that `etcdctl migrate` of etcd up to 3.4 made of a v2 store.
//
// A store begins with them: a put for each key, of version 1, with the create and the modified
// index of v2 for revisions (etcd v3.4.23, etcdctl/ctlv3/command/migrate_command.go). Where a key
// had been written twice, no etcd writes such a row: it gives version 1 to the revision that
// creates a key.
#pragma once

#include <cstdint>
#include <optional>

#include "mvcc/revision.h"

namespace etcdf::mvcc {

// What a row of bucket `key` says of itself.
struct RowFacts {
  Revision revision = {};
  bool is_put = true;
  int64_t create_revision = 0;
  int64_t version = 0;
  int64_t lease = 0;
};

// Whether `etcdctl migrate` may have written the row, and whether nobody else can have.
bool MayBeMigrated(const RowFacts& row);
bool IsOfMigration(const RowFacts& row);

// Rows one after another from the store's first on, or from a part's, as far as a migration may
// have written them.
class MigrationRun {
 public:
  void Add(const RowFacts& row);
  // A row that cannot be decoded.
  void AddUnreadable() { ended_ = true; }
  // `next` is the run of the part behind.
  void Append(const MigrationRun& next);

  bool has_ended() const { return ended_; }
  // The revision of the last row that the migration wrote; nothing if there was none.
  std::optional<int64_t> Last(bool was_compacted) const;

 private:
  std::optional<int64_t> first_;
  std::optional<int64_t> last_;
  bool is_certain_ = false;
  bool ended_ = false;
};

}  // namespace etcdf::mvcc
