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

// Reports in log order. Sets `summary.index_trusted`. `start` is what Log::Open was given.
void ReportLogFindings(const std::vector<LogSegment>& segments, std::optional<uint64_t> start,
                       LogSummary& summary, FindingSink& findings);

}  // namespace etcdf::wal
