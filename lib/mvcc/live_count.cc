#include "mvcc/live_count.h"

#include <algorithm>

#include "mvcc/schema.h"
#include "mvcc/status.h"

namespace etcdf::mvcc {
namespace {

// Transactions are numbered without a gap, and so are the changes within one, from 0
// (kvstore_txn.go, End).
bool Follows(Revision next, Revision last) {
  return next.main == last.main ? next.sub - last.sub == 1
                                : next.main - last.main == 1 && next.sub == 0;
}

// A put says when its key was created, and how often it was written since.
bool IsPutOf(const KeyValue& kv, Revision revision) {
  return kv.mod_revision == revision.main && kv.create_revision >= 1 && kv.version >= 1 &&
         kv.create_revision <= revision.main &&
         (kv.version == 1) == (kv.create_revision == revision.main);
}

}  // namespace

std::optional<LiveCount> LiveCount::For(const Store& store) {
  UnheardFindings unheard;  // who reads the status reports them
  const Status status =
      ReadStatus({.database = store.database, .file = store.file, .findings = unheard});
  if (!status.Knows(kMetaBucket) || status.UnfinishedCompaction()) return std::nullopt;
  return LiveCount(std::max<int64_t>(status.CompactRevision(), 0));
}

void LiveCount::Add(size_t part, const std::optional<KeyRow>& row) {
  Part& mine = parts_[part];
  if (mine.contradicts) return;
  mine.contradicts = !row || !AddChange(mine, *row);
}

bool LiveCount::AddChange(Part& part, const KeyRow& row) const {
  const Revision at = row.at.revision;
  if (part.first && at <= part.last) return false;
  if (!row.at.tombstone && !IsPutOf(row.kv, at)) return false;
  if (at.main <= compacted_) {
    // Only newer releases keep the tombstones of the compaction's own revision; before it is none.
    if (row.at.tombstone && at.main < compacted_) return false;
    part.live += row.at.tombstone ? 0 : 1;
  } else {
    if (!part.first_after_compaction) {
      part.first_after_compaction = at;
    } else if (!Follows(at, part.last)) {
      return false;
    }
    if (row.at.tombstone) {
      --part.live;
    } else if (row.kv.version == 1) {
      ++part.live;
    }
  }
  if (!part.first) part.first = at;
  part.last = at;
  return true;
}

std::optional<uint64_t> LiveCount::Count() const {
  // A store begins at revision 1, to which no row belongs.
  Revision last{.main = 0, .sub = 0};
  Revision before_changes{.main = std::max<int64_t>(compacted_, 1), .sub = 0};
  int64_t live = 0;
  for (const Part& part : parts_) {
    if (part.contradicts) return std::nullopt;
    if (!part.first) continue;
    if (*part.first <= last) return std::nullopt;
    if (part.first_after_compaction) {
      if (last.main > compacted_) before_changes = last;
      if (!Follows(*part.first_after_compaction, before_changes)) return std::nullopt;
    }
    last = part.last;
    live += part.live;
  }
  if (live < 0) return std::nullopt;
  return static_cast<uint64_t>(live);
}

}  // namespace etcdf::mvcc
