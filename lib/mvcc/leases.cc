#include "mvcc/leases.h"

#include <limits>
#include <memory>
#include <string>

#include "base/counted.h"
#include "base/escape.h"
#include "mvcc/findings.h"
#include "mvcc/live_rows.h"
#include "mvcc/sorted_rows.h"

namespace etcdf::mvcc {
namespace {

// Joins two lists that ascend by lease: the rows of bucket `lease` and the keys.
class LeaseJoin {
 public:
  // `keys_are_whole`: false if there may be other keys than those added.
  LeaseJoin(const Store& store, LeaseVisitor& visitor, bool keys_are_whole)
      : store_(store),
        visitor_(visitor),
        keys_are_whole_(keys_are_whole),
        rows_are_whole_(CountRows(store.database, kLeaseBucket).has_value()) {
    bucket_ = store.database.Open(AsBytes(kLeaseBucket));
    if (bucket_) cursor_ = bucket_->NewCursor(store.findings);
    there_ = cursor_ && cursor_->First();
    SkipBadRows();
  }

  bool AddKey(const KeyValue& kv) {
    const auto id = static_cast<uint64_t>(kv.lease);
    if (open_id_ != id) {
      if (!Close()) return false;
      while (there_ && RowId() < id) {
        if (!OpenStored() || !Close()) return false;
      }
      if (there_ && RowId() == id) {
        if (!OpenStored()) return false;
      } else if (!Open(id, {.row = rows_are_whole_ ? LeaseRow::kAbsent : LeaseRow::kHidden})) {
        return false;
      }
    }
    if (keys_++ == 0) first_key_ = kv.key;
    return visitor_.AttachedKey(kv.key);
  }

  void Finish() {
    if (!Close()) return;
    while (there_) {
      if (!OpenStored() || !Close()) return;
    }
    if (without_keys_ == 0 || !keys_are_whole_) return;
    store_.findings.Report({.kind = kLeaseWithoutKeys,
                            .file = store_.file,
                            .what = "leases without a key: " + std::to_string(without_keys_) +
                                    ", the first of them " + HexId(first_without_keys_),
                            .figures = {{"count", without_keys_}}});
  }

 private:
  static constexpr size_t kKeyBytes = 8;
  static constexpr char kMisnamed[] = "etcd goes by what the row holds, and cannot revoke it";
  static constexpr char kNotStarted[] = "etcd does not start with it";

  uint64_t RowId() const { return LoadBe64(cursor_->row().key.data()); }

  void SkipBadRows() {
    for (; there_ && cursor_->row().key.size() != kKeyBytes; there_ = cursor_->Next()) {
      const backend::Row& row = cursor_->row();
      std::string what = "has a key of " + Counted(row.key.size(), "byte", "bytes") + ", not of 8";
      // etcd v3.6.9, server/storage/schema/lease.go, MustUnsafeGetAllLeases: it looks at values
      // only.
      if (DecodeLease(row.value)) {
        ReportBad(what, kMisnamed);
      } else {
        ReportBad(what + ", and holds what is no Lease", kNotStarted);
      }
    }
  }

  void ReportBad(const std::string& what, const char* consequence) {
    store_.findings.Report({.kind = kBadLease,
                            .file = store_.file,
                            .what = "a row of bucket lease " + what,
                            .consequence = consequence});
  }

  // Begins the lease of the row at hand, and goes on to the next row.
  bool OpenStored() {
    const uint64_t id = RowId();
    const auto lease = DecodeLease(cursor_->row().value);
    if (!lease) {
      ReportBad("holds for lease " + HexId(id) + " what is no Lease", kNotStarted);
    } else if (static_cast<uint64_t>(lease->id) != id) {
      ReportBad(
          "holds for lease " + HexId(id) + " that of " + HexId(static_cast<uint64_t>(lease->id)),
          kMisnamed);
    }
    there_ = cursor_->Next();
    SkipBadRows();
    return Open(id, lease ? StoredLease{.row = LeaseRow::kStored, .lease = *lease}
                          : StoredLease{.row = LeaseRow::kUnreadable});
  }

  bool Open(uint64_t id, const StoredLease& stored) {
    open_id_ = id;
    row_ = stored.row;
    return visitor_.BeginLease(id, stored);
  }

  bool Close() {
    if (!open_id_) return true;
    const uint64_t id = *open_id_;
    if (row_ == LeaseRow::kAbsent) {
      std::string key;
      AppendQuoted(key, first_key_);
      store_.findings.Report({.kind = kLeaseMissing,
                              .file = store_.file,
                              .what = "lease " + HexId(id) + " is not stored, and has keys: " +
                                      std::to_string(keys_) + ", the first of them " + key,
                              .consequence = "they do not expire",
                              .figures = {{"count", keys_}}});
    } else if (row_ != LeaseRow::kHidden && keys_ == 0 && without_keys_++ == 0) {
      first_without_keys_ = id;
    }
    open_id_.reset();
    keys_ = 0;
    return visitor_.EndLease();
  }

  const Store& store_;
  LeaseVisitor& visitor_;
  bool keys_are_whole_;
  bool rows_are_whole_;
  std::unique_ptr<backend::Bucket> bucket_;
  std::unique_ptr<backend::Cursor> cursor_;
  bool there_ = false;  // the cursor stands on a row with a good key
  std::optional<uint64_t> open_id_;
  LeaseRow row_ = LeaseRow::kAbsent;  // of the lease begun last
  uint64_t keys_ = 0;
  Bytes first_key_;
  uint64_t without_keys_ = 0;
  uint64_t first_without_keys_ = 0;
};

}  // namespace

void VisitLeases(const Store& store, LeaseVisitor& visitor) {
  const LiveRows live = FindLiveRows(store, std::numeric_limits<int64_t>::max());
  LeaseJoin join(store, visitor, live.is_whole());
  bool on = true;
  VisitSorted(
      store, live, RowOrder::kByLease, [](const KeyValue& kv) { return kv.lease != 0; },
      [&](const KeyRow& row) { return on = join.AddKey(row.kv); });
  if (on) join.Finish();
}

void CheckLeases(const Store& store) {
  struct : LeaseVisitor {
    bool BeginLease(uint64_t /*id*/, const StoredLease& /*stored*/) override { return true; }
    bool AttachedKey(Bytes /*key*/) override { return true; }
    bool EndLease() override { return true; }
  } nobody;
  VisitLeases(store, nobody);
}

}  // namespace etcdf::mvcc
