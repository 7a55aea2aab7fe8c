#include "restore/origin.h"

#include "mvcc/revision.h"
#include "mvcc/schema.h"
#include "replay/replay.h"
#include "replay/revision_back.h"
#include "wal/log_head.h"

namespace etcdf::restore {
namespace {

using member::DatabaseCount;
using wal::LogHead;

// The index of the last removal without a request id; 0 if there is none.
uint64_t FindForced(const wal::Log& log, uint64_t after) {
  uint64_t index = 0;
  replay::ForEachEntryBack(log, {.after = after}, [&](const wire::Entry& entry) {
    if (entry.type != wire::EntryType::kConfChange) return true;
    const auto change = wire::DecodeConfChange(entry.data);
    if (!change || change->id != 0 || change->type != wire::ConfChangeType::kRemoveNode) {
      return true;
    }
    index = entry.index;
    return false;
  });
  return index;
}

class OriginFinder {
 public:
  OriginFinder(const wal::Log* log, const backend::Database* database, const DatabaseCount& count)
      : log_(log), count_(count) {
    if (database != nullptr) keys_ = database->Open(AsBytes(mvcc::kKeyBucket));
  }

  Origin Find() {
    const LogHead head = log_ == nullptr ? LogHead{} : wal::ReadLogHead(*log_);
    TakeHead(head);
    const bool restored =
        origin_.kind == OriginKind::kRestore ||
        (origin_.kind == OriginKind::kUnknown && member::HasMoreThanItsLog(count_));
    if (restored) {
      origin_.kind = OriginKind::kRestore;
      FindBump();
    }
    if (log_ != nullptr && count_.applied > 0) TakeForced(head.additions);
    return origin_;
  }

 private:
  void TakeHead(const LogHead& head) {
    switch (head.kind) {
      case LogHead::Kind::kUnknown: return;
      case LogHead::Kind::kBootstrap:
      case LogHead::Kind::kJoined:
        origin_ = {.kind = OriginKind::kBootstrap, .revision = 1};
        return CountSince(head.additions);
      case LogHead::Kind::kRestore:
        origin_.kind = OriginKind::kRestore;
        CountSince(head.additions);
        return GoBackTo(head.additions);
      case LogHead::Kind::kFed:
        origin_.kind = OriginKind::kLeaderSnapshot;
        CountSince(head.snapshot);
        return GoBackTo(head.snapshot);
    }
  }

  // A database that has applied less is not the one that began so.
  void CountSince(uint64_t index) {
    if (count_.applied >= index) origin_.applied_since = count_.applied - index;
  }

  void GoBackTo(uint64_t index) {
    origin_.revision.reset();
    if (keys_ == nullptr || log_ == nullptr || count_.applied < index) return;
    origin_.revision = replay::RevisionAsOf(
        *log_, *keys_, {.applied = count_.applied, .revision = count_.revision}, index);
  }

  void FindBump() {
    if (keys_ == nullptr) return;
    FindingList unheard;
    const auto cursor = keys_->NewCursor(unheard);
    int64_t before = 0;
    for (bool there = cursor->First(); there; there = cursor->Next()) {
      const auto row = mvcc::ParseRowKey(cursor->row().key);
      if (!row) continue;
      if (cursor->row().value.empty() && !row->tombstone) {
        origin_.kind = OriginKind::kBumpedRestore;
        origin_.bumped_from = before;
        origin_.bumped_by = row->revision.main - before;
        return;
      }
      before = row->revision.main;
    }
  }

  void TakeForced(uint64_t additions) {
    const uint64_t forced = FindForced(*log_, additions);
    if (forced == 0 || forced > count_.applied) return;
    origin_ = {.kind = OriginKind::kForceNewCluster};
    CountSince(forced);
    GoBackTo(forced);
  }

  const wal::Log* log_;
  DatabaseCount count_;
  std::unique_ptr<backend::Bucket> keys_;
  Origin origin_;
};

}  // namespace

Origin FindOrigin(const wal::Log* log, const backend::Database* database,
                  const DatabaseCount& count) {
  return OriginFinder(log, database, count).Find();
}

}  // namespace etcdf::restore
