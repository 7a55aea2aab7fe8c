#include "compare/raft_logs.h"

#include <algorithm>

namespace etcdf::compare {
namespace {

// The live entries of a log in ascending order, one at a time; notes what it passes in a picture.
class LiveEntries {
 public:
  LiveEntries(const RaftLogInput& input, LogPicture& picture) : log_(input.log), picture_(picture) {
    Advance();
  }

  // Null at the end.
  const wal::LogEntry* entry() const { return at_ < entries_.size() ? &entries_[at_] : nullptr; }

  void Advance() {
    if (log_ == nullptr) return;
    for (++at_;; ++at_) {
      for (; at_ >= entries_.size(); at_ = 0) {
        if (next_chunk_ == log_->chunks().size()) return;
        log_->ReadChunk(log_->chunks()[next_chunk_++], entries_);
      }
      if (Take(entries_[at_])) return;
    }
  }

 private:
  // Whether the entry is one to compare.
  bool Take(const wal::LogEntry& entry) {
    if (entry.superseded_by || IsDropped(entry.entry.index)) {
      Extend(picture_.superseded, entry);
      return false;
    }
    // What a search behind damage found may repeat an index; raft's log is ascending.
    if (entry.crc_state == wal::CrcState::kMismatch || entry.entry.index <= last_index_) {
      ++picture_.doubtful;
      return false;
    }
    last_index_ = entry.entry.index;
    Extend(picture_.live, entry);
    return true;
  }

  bool IsDropped(uint64_t index) const {
    return std::ranges::any_of(log_->summary().dropped,
                               [index](const auto& range) { return range.Holds(index); });
  }

  void Extend(std::vector<TermRun>& runs, const wal::LogEntry& entry) {
    const auto [term, index] = std::pair(entry.entry.term, entry.entry.index);
    if (!runs.empty() && runs.back().term == term && runs.back().index_last + 1 == index) {
      runs.back().index_last = index;
    } else if (runs.size() < LogPicture::kMaxRuns) {
      runs.push_back({.term = term, .index_first = index, .index_last = index});
    } else {
      picture_.runs_dropped = true;
    }
  }

  const wal::Log* log_;
  LogPicture& picture_;
  std::vector<wal::LogEntry> entries_;
  size_t at_ = SIZE_MAX;  // so that the first Advance begins at 0
  size_t next_chunk_ = 0;
  uint64_t last_index_ = 0;
};

bool SameEntry(const wire::Entry& a, const wire::Entry& b) {
  return a.term == b.term && a.type == b.type && Equal(a.data, b.data);
}

LogConflict Describe(uint64_t index, std::span<const EntrySide> sides) {
  LogConflict conflict{.index = index, .sides = {sides.begin(), sides.end()}};
  for (const EntrySide& a : sides) {
    for (const EntrySide& b : sides) {
      if (SameEntry(a.entry.entry, b.entry.entry)) continue;
      conflict.committed |= a.committed && b.committed;
      conflict.same_term |= a.entry.entry.term == b.entry.entry.term;
    }
  }
  return conflict;
}

void Compare(uint64_t index, std::span<const EntrySide> sides, LogComparison& result) {
  if (result.indexes_compared++ == 0) result.index_first = index;
  result.index_last = index;
  const wire::Entry& first = sides.front().entry.entry;
  const auto same = [&](const EntrySide& side) { return SameEntry(first, side.entry.entry); };
  if (std::ranges::all_of(sides, same)) return;
  ++result.indexes_differing;
  if (result.first_conflict && result.first_broken_promise) return;
  LogConflict conflict = Describe(index, sides);
  if (!result.first_broken_promise && (conflict.committed || conflict.same_term)) {
    result.first_broken_promise = conflict;
  }
  if (!result.first_conflict) result.first_conflict = std::move(conflict);
}

}  // namespace

LogComparison CompareRaftLogs(std::span<const RaftLogInput> inputs) {
  LogComparison result;
  result.pictures.resize(inputs.size());
  std::vector<LiveEntries> logs;
  logs.reserve(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    result.pictures[i].committed = inputs[i].committed;
    logs.emplace_back(inputs[i], result.pictures[i]);
  }

  std::vector<EntrySide> sides;
  for (;;) {
    uint64_t index = UINT64_MAX;
    bool any = false;
    for (const LiveEntries& log : logs) {
      if (log.entry() == nullptr) continue;
      index = std::min(index, log.entry()->entry.index);
      any = true;
    }
    if (!any) break;
    sides.clear();
    for (size_t i = 0; i < logs.size(); ++i) {
      const wal::LogEntry* entry = logs[i].entry();
      if (entry == nullptr || entry->entry.index != index) continue;
      sides.push_back({.member = i, .committed = index <= inputs[i].committed, .entry = *entry});
    }
    if (sides.size() > 1) Compare(index, sides, result);
    for (const EntrySide& side : sides) logs[side.member].Advance();
  }
  if (result.indexes_compared > 0) {
    result.verdict = result.first_conflict ? LogVerdict::kDifferent : LogVerdict::kSame;
  }
  return result;
}

}  // namespace etcdf::compare
