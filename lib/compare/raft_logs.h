// The raft logs of several members, held against each other.
//
// Raft promises (Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm",
// figure 3): two logs that have an entry with the same index and term are the same up to there, and
// an entry that is committed is in the log of every later leader. So logs may differ in a tail that
// was never committed, which is ordinary and heals by itself; where two committed entries differ,
// or two entries of one term, the promise is broken.
//
// One pass over all logs at once, index by index. Entries that damage makes doubtful are left out
// and counted.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "wal/log.h"

namespace etcdf::compare {

// A log that takes part, scanned. `committed` is the highest index its member is known to count as
// committed: the larger of the log's own word and of what its database has applied.
struct RaftLogInput {
  const wal::Log* log = nullptr;
  uint64_t committed = 0;
};

// A run of entries of one term.
struct TermRun {
  uint64_t term = 0;
  uint64_t index_first = 0;
  uint64_t index_last = 0;

  friend bool operator==(const TermRun&, const TermRun&) = default;
};

// What one member's log holds.
struct LogPicture {
  // At most this many runs are kept of each kind; a hostile log may change its term at each entry.
  static constexpr size_t kMaxRuns = 4096;

  std::vector<TermRun> live;  // ascending by index; a gap between two runs is a gap in the log
  // What was overwritten, or dropped for a snapshot (wal::LogSummary), in file order.
  std::vector<TermRun> superseded;
  uint64_t committed = 0;
  uint64_t doubtful = 0;  // entries left out of the comparison
  bool runs_dropped = false;
};

// One member's entry at an index where members differ.
struct EntrySide {
  size_t member = 0;  // of the inputs
  bool committed = false;
  wal::LogEntry entry;
};

struct LogConflict {
  uint64_t index = 0;
  // Two of the entries that differ are committed on their members.
  bool committed = false;
  // Two of the entries that differ have the same term.
  bool same_term = false;
  std::vector<EntrySide>
      sides;  // of all members that have an entry there; valid as long as the logs
};

enum class LogVerdict : uint8_t { kSame, kDifferent, kNotCompared };

struct LogComparison {
  LogVerdict verdict = LogVerdict::kNotCompared;
  uint64_t index_first = 0;  // of the indexes that two or more of the logs have
  uint64_t index_last = 0;
  uint64_t indexes_compared = 0;
  uint64_t indexes_differing = 0;
  std::optional<LogConflict> first_conflict = {};
  std::optional<LogConflict> first_broken_promise = {};  // committed or of the same term
  std::vector<LogPicture> pictures;                      // one for each input
};

// Two or more logs; a null log is one that a member does not have. kNotCompared if no two of them
// have an index in common.
LogComparison CompareRaftLogs(std::span<const RaftLogInput> inputs);

}  // namespace etcdf::compare
