#include "restore/origin.h"

#include <algorithm>
#include <array>
#include <vector>

#include "mvcc/key_value.h"
#include "mvcc/revision.h"
#include "mvcc/schema.h"
#include "raft/key_range.h"
#include "raft/payload.h"
#include "wal/log_head.h"

namespace etcdf::restore {
namespace {

using member::DatabaseCount;
using wal::LogHead;

// What the rows say of an entry and the revision that it may have made.
enum class Made : uint8_t { kYes, kNo, kUnknown };

// Goes back through the entries that were applied, and through the revisions with them.
class RevisionsBack {
 public:
  RevisionsBack(const backend::Bucket& keys, int64_t revision)
      : cursor_(keys.NewCursor(unheard_)), revision_(revision) {}

  // Takes the entry before those taken so far. False once the revision cannot be told.
  bool Take(const wire::Entry& entry) {
    if (entry.type != wire::EntryType::kNormal || entry.data.empty()) return true;
    switch (Ask(entry)) {
      case Made::kYes: --revision_; return true;
      case Made::kNo: return true;
      case Made::kUnknown: return false;
    }
    return false;
  }

  int64_t revision() const { return revision_; }

 private:
  Made Ask(const wire::Entry& entry) {
    payload_.Decode(entry.data);
    const std::string_view name = payload_.request_name();
    if (name == "lease_revoke") return AskRevoke();
    bool writes = false;
    bool is_there = false;
    bool fits = false;
    raft::VisitKeys(payload_.message(), [&](const raft::KeyUse& use) {
      const bool puts = use.message_name == "PutRequest";
      if (!puts && use.message_name != "DeleteRangeRequest") return true;
      writes = true;
      is_there = VisitRows([&](Bytes key, bool tombstone) {
        fits = fits || (tombstone != puts && use.range.Covers(key));
      });
      return !fits;
    });
    if (!writes) return Made::kNo;
    if (fits) return Made::kYes;
    if (is_there) return Made::kNo;
    return name == "put" ? Made::kYes : Made::kUnknown;  // the row was compacted away
  }

  // Its keys stand nowhere: only that something was deleted there.
  Made AskRevoke() {
    bool deleted = false;
    const bool is_there = VisitRows([&](Bytes, bool tombstone) { deleted = deleted || tombstone; });
    if (!is_there) return Made::kUnknown;
    return deleted ? Made::kYes : Made::kNo;
  }

  // The rows of the revision; false if there is none.
  template <typename Visit>
  bool VisitRows(Visit visit) {
    std::array<uint8_t, 8> main = {};
    for (size_t i = 0; i < main.size(); ++i) {
      main[i] = static_cast<uint8_t>(static_cast<uint64_t>(revision_) >> (8 * (7 - i)));
    }
    bool any = false;
    for (bool there = cursor_->Seek(Bytes(main)); there; there = cursor_->Next()) {
      const auto row = mvcc::ParseRowKey(cursor_->row().key);
      if (!row || row->revision.main != revision_) break;
      const auto value = mvcc::ParseKeyValue(cursor_->row().value);
      if (!value) continue;
      any = true;
      visit(value->key, row->tombstone);
    }
    return any;
  }

  FindingList unheard_;
  std::unique_ptr<backend::Cursor> cursor_;
  int64_t revision_;
  raft::Payload payload_;
};

// Calls `visit` for raft's entries in the range from the last to the first, until it returns false.
template <typename Visit>
bool ForEachEntryBack(const wal::Log& log, const wal::IndexRange& range, Visit visit) {
  std::vector<wal::LogEntry> entries;
  for (auto chunk = log.chunks().rbegin(); chunk != log.chunks().rend(); ++chunk) {
    if (!wal::Log::MayHold(*chunk, range)) continue;
    log.ReadChunk(*chunk, entries);
    for (auto logged = entries.rbegin(); logged != entries.rend(); ++logged) {
      if (logged->superseded_by || !range.Holds(logged->entry.index)) continue;
      if (!visit(logged->entry)) return false;
    }
  }
  return true;
}

// The index of the last removal without a request id; 0 if there is none.
uint64_t FindForced(const wal::Log& log, uint64_t after) {
  uint64_t index = 0;
  ForEachEntryBack(log, {.after = after}, [&](const wire::Entry& entry) {
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
    RevisionsBack back(*keys_, count_.revision);
    uint64_t next = count_.applied;
    const bool told = ForEachEntryBack(
        *log_, {.after = index, .until = count_.applied},
        [&](const wire::Entry& entry) { return entry.index == next-- && back.Take(entry); });
    if (told && next == index) origin_.revision = back.revision();
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
