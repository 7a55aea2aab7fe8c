// What an export is of, where it is not of the whole database: the keys of one state that the
// filters want, or the last versions of those that were deleted.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "backend/backend.h"
#include "dump-db/verbs.h"
#include "mvcc/key_row.h"
#include "mvcc/live_rows.h"
#include "objects/decoder.h"
#include "states/deleted.h"

namespace etcdf::dump_db {

// Whether the options ask for one.
bool WantsSelection(const Options& options);

struct SelectedRow {
  const backend::Row& stored;
  const mvcc::KeyRow& row;
  const objects::Decoded& decoded;
  objects::Decoder& decoder;               // which decoded it
  std::optional<int64_t> deleted_at = {};  // of what was deleted, the revision
};

class Selection {
 public:
  // All must outlive it. Errors: kNotFound, of the revision.
  static Result<Selection> Find(const VerbContext& context, const objects::Tools& tools);

  // The state is that of the end of this revision.
  int64_t revision() const { return revision_; }
  // -1: the history is whole.
  int64_t compact_revision() const { return compact_revision_; }
  // Deleted keys of which the history has no version any more.
  uint64_t deleted_without_version() const { return deleted_.without_version; }
  // Secrets that a visit left out, for want of --show-secrets.
  uint64_t secrets_left_out() const { return secrets_left_out_; }

  // Calls `visit` with each row, in the order of revisions. Ends with the error that it returns, or
  // that the user has interrupted the program.
  Result<void> Visit(kubernetes::Extent extent,
                     const std::function<Result<void>(const SelectedRow&)>& visit);

 private:
  Selection(const VerbContext& context, const objects::Tools& tools)
      : context_(context), tools_(tools) {}
  void FindDeleted();
  Result<void> Pass(const backend::Row& stored, const mvcc::KeyRow& row,
                    std::optional<int64_t> deleted_at, kubernetes::Extent extent,
                    objects::Decoder& decoder,
                    const std::function<Result<void>(const SelectedRow&)>& visit);
  // The tombstone of what the row is the last version of.
  std::optional<int64_t> DeletedAt(const mvcc::KeyRow& row) const;

  const VerbContext& context_;
  const objects::Tools& tools_;
  int64_t revision_ = 0;
  int64_t compact_revision_ = -1;
  mvcc::LiveRows live_;
  states::DeletedKeys deleted_;
  uint64_t secrets_left_out_ = 0;
};

}  // namespace etcdf::dump_db
