#include "replay/revision_back.h"

#include <array>
#include <memory>
#include <string_view>

#include "base/finding.h"
#include "mvcc/key_value.h"
#include "mvcc/revision.h"
#include "raft/key_range.h"
#include "raft/payload.h"
#include "replay/replay.h"

namespace etcdf::replay {
namespace {

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

}  // namespace

std::optional<int64_t> RevisionAsOf(const wal::Log& log, const backend::Bucket& keys,
                                    const AppliedRevision& now, uint64_t index) {
  if (now.applied < index) return std::nullopt;
  RevisionsBack back(keys, now.revision);
  uint64_t next = now.applied;
  ForEachEntryBack(log, {.after = index, .until = now.applied}, [&](const wire::Entry& entry) {
    if (entry.index != next || !back.Take(entry)) return false;
    --next;
    return true;
  });
  if (next != index) return std::nullopt;
  return back.revision();
}

}  // namespace etcdf::replay
