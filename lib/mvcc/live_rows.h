// Which rows of the bucket `key` are the state of the store at a revision: of each key the newest
// row up to there, unless it is a tombstone.
//
// Exact for any number of keys in bounded memory: a table of a fixed size takes the keys; where
// there are more than fit, they are done in several walks, by ranges of their hashes.
// The result is a bit for each row.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "mvcc/store.h"

namespace etcdf::mvcc {

// Rows as they stand in the bucket, some at a time, in the order of their part. Called from several
// threads, for different parts at once.
using RowsSeen = std::function<void(size_t part, std::span<const backend::Row> rows)>;

class LiveRows {
 public:
  // The `index`-th row, from 0, of a part as ForEachPart gives them.
  bool Holds(size_t part, uint64_t index) const {
    return part < bits_.size() && index < bits_[part].size() && bits_[part][index];
  }
  uint64_t count() const { return count_; }
  // False if damage cost rows of the bucket.
  bool rows_are_whole() const { return rows_are_whole_; }
  // False if it did, or if rows cannot be decoded: keys may be missing here, or not be live.
  bool is_whole() const { return is_whole_; }

 private:
  friend LiveRows FindLiveRows(const Store& store, int64_t revision, const RowsSeen& rows_seen);
  std::vector<std::vector<bool>> bits_;  // by part
  uint64_t count_ = 0;
  bool rows_are_whole_ = true;
  bool is_whole_ = true;
};

// At the end of transaction `revision`. Reports rows that cannot be read, and what the engine finds
// damaged. (Of two rows of one key in the same transaction, which etcd does not let happen, the
// last counts.) Every row of the bucket goes once through `rows_seen`, if it is given, so that who
// wants them need not walk again.
LiveRows FindLiveRows(const Store& store, int64_t revision, const RowsSeen& rows_seen = {});

}  // namespace etcdf::mvcc
