// The keys of a member, as its bucket `key` holds them: every row since the last compaction, and
// what is live now.
//
// Rows are kept in one list in the order of their revisions; each knows the row before it of the
// same key. So a change is a row at the end, and going back is taking rows off the end again. A
// compaction is a number: what it removes follows from the rows, and is removed when Settle says
// that nobody goes back behind it.
//
// Keys and values are views into the log and the database the store was fed from, which must
// outlive it.
//
// (etcd v3.6.9, server/storage/mvcc/{kvstore_txn,index,key_index}.go.)
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "apply/key_index.h"
#include "apply/stored_row.h"
#include "base/bytes.h"
#include "raft/key_range.h"

namespace etcdf::apply {

class KeyStore {
 public:
  // Whether rows that were superseded are kept until a compaction removes them, as etcd does. Who
  // only follows what is live may do without: ForEachRow then gives live rows only.
  enum class History : uint8_t { kKept, kDropped };

  explicit KeyStore(History history) : history_(history) {}

  // The main revision of the last transaction that changed a key. An empty store begins with 1.
  int64_t current_revision() const { return current_; }
  // Of the next one.
  int64_t next_revision() const;
  // -1: never compacted.
  int64_t compact_revision() const { return compact_; }

  // The live row of the key; null if there is none. Good until the store changes.
  const StoredRow* Find(Bytes key) const;
  // Calls `visit(const StoredRow&)` for the live rows of the range, keys ascending, until it
  // returns false. Returns false if it did. `visit` must not change the store.
  bool ForEachLive(const raft::KeyRange& range,
                   const std::function<bool(const StoredRow&)>& visit) const;
  // All rows written at revisions above `main`, in order; those that were compacted since are among
  // them unless Settle has removed them. Good until the store changes.
  std::span<const StoredRow> RowsAfter(int64_t main) const;
  // The keys that are attached to the lease, ascending; null if there are none.
  const std::set<std::string_view>* AttachedKeys(int64_t lease) const;

  // The changes of one transaction. They are at current_revision() + 1, and each sees those before
  // it. `lease_exists`: whether the key is attached to it, too.
  void Put(Bytes key, Bytes value, int64_t lease, bool lease_exists);
  void Delete(const raft::KeyRange& range);
  // Ends the transaction: counts the revision if anything was changed. Returns the rows written, in
  // order; good until the store changes.
  std::span<const StoredRow> Commit();

  // Sets the revision up to which rows are compacted. The caller has checked that it lies between
  // compact_revision() and current_revision().
  void Compact(int64_t revision) { compact_ = revision; }
  // Lets `revisions` pass without a change.
  void Shift(int64_t revisions);
  // Adds a row as it was stored, `create_revision`, `version` and sub revision included, as part of
  // the transaction.
  void Force(const StoredRow& row, bool lease_exists);
  // Adds a row as it was stored, at its own revision, which must not be below that of the last row.
  void Restore(const StoredRow& row, bool lease_exists);
  void SetRevisions(int64_t current, int64_t compact);

  // Calls `visit` for each row that the bucket holds once the last compaction is done, in the order
  // of revisions. `keeps_tombstone`: Rules::keeps_tombstone_at_compaction.
  void ForEachRow(bool keeps_tombstone, const std::function<void(const StoredRow&)>& visit) const;

  struct Mark {
    size_t rows = 0;
    int64_t current = 1;
    int64_t compact = -1;
  };
  Mark mark() const { return {.rows = rows_.size(), .current = current_, .compact = compact_}; }
  // Back to what was at the mark. Only between transactions, unless the mark is of the same one.
  void RollBack(const Mark& mark);
  // No mark so far will be gone back to. Now and then removes what the bucket no longer holds.
  void Settle(bool keeps_tombstone);

 private:
  static constexpr size_t kNone = KeyIndex::kNoRow;

  struct Link {
    size_t previous = kNone;  // the row before it of the same key
    bool attached = false;    // the key was attached to the row's lease
  };

  // Null if the key is not live.
  const StoredRow* LiveRow(const KeyIndex::Entry& entry) const;
  StoredRow NextRow(std::string_view key) const;
  void Append(KeyIndex::Entry& entry, const StoredRow& row, bool attached);
  void Attach(const StoredRow& row, const Link& link);
  void Detach(const StoredRow& row, const Link& link);
  // By row: whether a compaction (or History::kDropped) removes it.
  std::vector<bool> RowsGone(bool keeps_tombstone) const;
  void Remove(const std::vector<bool>& gone);

  History history_;
  std::vector<StoredRow> rows_;
  std::vector<Link> links_;  // by row
  KeyIndex index_;           // of the newest rows
  std::map<int64_t, std::set<std::string_view>> keys_by_lease_;
  size_t begin_of_transaction_ = 0;
  size_t settled_ = 0;  // rows when last removed
  int64_t current_ = 1;
  int64_t compact_ = -1;
};

}  // namespace etcdf::apply
