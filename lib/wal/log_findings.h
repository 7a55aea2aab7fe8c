// Turns what the scans of single segments met into findings about the log: which entries were lost
// where, how many of them were committed, and what only several segments together show.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/finding.h"

namespace etcdf::wal {

struct LogSegment;
struct LogSummary;

// How much of a log was opened.
struct LogExtent {
  std::optional<uint64_t> start;  // what Log::Open was given
  bool is_directory = true;       // false: a single segment, whatever lies beside it
};

// Reports in log order. Sets `index_trusted`, `index_unbroken` and `dropped`
// of `summary`.
void ReportLogFindings(const std::vector<LogSegment>& segments, const LogExtent& extent,
                       LogSummary& summary, FindingSink& findings);

}  // namespace etcdf::wal
