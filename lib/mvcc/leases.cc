#include "mvcc/leases.h"

#include <limits>
#include <memory>
#include <string>

#include "base/escape.h"
#include "mvcc/findings.h"
#include "mvcc/live_rows.h"
#include "mvcc/sorted_rows.h"

namespace etcdf::mvcc {
namespace {

// Joins two lists that ascend by lease: the rows of bucket `lease` and the keys.
class LeaseJoin {
 public:
  LeaseJoin(const Store& store, LeaseVisitor& visitor) : store_(store), visitor_(visitor) {
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
      } else if (!Open(id, std::nullopt)) {
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
    if (without_keys_ == 0) return;
    store_.findings.Report({.kind = kLeaseWithoutKeys,
                            .file = store_.file,
                            .what = "leases without a key: " + std::to_string(without_keys_) +
                                    ", the first of them " + HexId(first_without_keys_),
                            .figures = {{"count", without_keys_}}});
  }

 private:
  uint64_t RowId() const { return LoadBe64(cursor_->row().key.data()); }

  void SkipBadRows() {
    while (there_ && cursor_->row().key.size() != 8) {
      ReportBad("has a key of " + std::to_string(cursor_->row().key.size()) + " bytes, not 8",
                "etcd stops when it reads the row");
      there_ = cursor_->Next();
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
      ReportBad("holds for lease " + HexId(id) + " what is no Lease",
                "etcd does not start with it");
    } else if (static_cast<uint64_t>(lease->id) != id) {
      ReportBad(
          "holds for lease " + HexId(id) + " that of " + HexId(static_cast<uint64_t>(lease->id)),
          "etcd goes by what the row holds, and cannot revoke it");
    }
    there_ = cursor_->Next();
    SkipBadRows();
    stored_ = true;
    return Open(id, lease);
  }

  bool Open(uint64_t id, const std::optional<Lease>& lease) {
    open_id_ = id;
    return visitor_.BeginLease(id, lease);
  }

  bool Close() {
    if (!open_id_) return true;
    const uint64_t id = *open_id_;
    if (!stored_) {
      std::string key;
      AppendQuoted(key, first_key_);
      store_.findings.Report({.kind = kLeaseMissing,
                              .file = store_.file,
                              .what = "lease " + HexId(id) + " is not stored, and has keys: " +
                                      std::to_string(keys_) + ", the first of them " + key,
                              .consequence = "they do not expire",
                              .figures = {{"count", keys_}}});
    } else if (keys_ == 0 && without_keys_++ == 0) {
      first_without_keys_ = id;
    }
    open_id_.reset();
    stored_ = false;
    keys_ = 0;
    return visitor_.EndLease();
  }

  const Store& store_;
  LeaseVisitor& visitor_;
  std::unique_ptr<backend::Bucket> bucket_;
  std::unique_ptr<backend::Cursor> cursor_;
  bool there_ = false;  // the cursor stands on a row with a good key
  std::optional<uint64_t> open_id_;
  bool stored_ = false;
  uint64_t keys_ = 0;
  Bytes first_key_;
  uint64_t without_keys_ = 0;
  uint64_t first_without_keys_ = 0;
};

}  // namespace

void VisitLeases(const Store& store, LeaseVisitor& visitor) {
  const LiveRows live = FindLiveRows(store, std::numeric_limits<int64_t>::max());
  LeaseJoin join(store, visitor);
  bool on = true;
  VisitSorted(
      store, live, RowOrder::kByLease, [](const KeyValue& kv) { return kv.lease != 0; },
      [&](const KeyRow& row) { return on = join.AddKey(row.kv); });
  if (on) join.Finish();
}

void CheckLeases(const Store& store) {
  struct : LeaseVisitor {
    bool BeginLease(uint64_t /*id*/, const std::optional<Lease>& /*stored*/) override {
      return true;
    }
    bool AttachedKey(Bytes /*key*/) override { return true; }
    bool EndLease() override { return true; }
  } nobody;
  VisitLeases(store, nobody);
}

}  // namespace etcdf::mvcc
