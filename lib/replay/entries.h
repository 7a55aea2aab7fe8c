// The stretch of a log that is audited: entries one after the other, without a gap.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "wal/log.h"
#include "wal/log_head.h"
#include "wire/raft_records.h"

namespace etcdf::replay {

class Entries {
 public:
  // Those up to index `until`, back to the last gap. Views point into the log.
  Entries(const wal::Log& log, uint64_t until);

  // Puts the entries before the first in front that another log of the same cluster has.
  void Prepend(const wal::Log& peer);

  // Of the log that the first entry is from.
  const wal::LogHead& head() const { return head_; }
  size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  const wire::Entry& operator[](size_t position) const { return entries_[position]; }
  std::span<const wire::Entry> all() const { return entries_; }
  // More was applied: the log is shorter than it was.
  bool are_cut_short() const { return entries_.empty() || entries_.back().index < until_; }
  // Whether the member itself may have proposed the entry.
  bool MayBeOwn(size_t position) const;
  // Those behind the stretch that change the store though they do not count as applied. Up to 3.4 a
  // compaction does not move the consistent index.
  std::span<const wire::Entry> behind() const { return behind_; }

 private:
  static std::vector<wire::Entry> Read(const wal::Log& log, const wal::IndexRange& range);

  wal::LogHead head_;
  uint64_t cluster_id_;
  uint64_t node_id_;
  uint64_t until_;
  std::vector<wire::Entry> entries_;
  std::vector<wire::Entry> behind_;
};

}  // namespace etcdf::replay
