// The evidence one run looks at: the data directory, the snapshot to begin behind, the log.
#pragma once

#include <optional>
#include <vector>

#include "base/finding.h"
#include "base/result.h"
#include "dump-logs/options.h"
#include "member/open.h"
#include "output/sink.h"
#include "snapfile/snap_file.h"
#include "wal/log.h"

namespace etcdf::dump_logs {

struct Evidence {
  member::Evidence files;
  // Entries view: the snapshot to begin behind, if there is one. Verify: all readable ones, newest
  // first.
  std::vector<snapfile::SnapFile> snaps = {};
  bool from_snapshot = false;  // the range begins behind snaps.front(), or at 1 if there is none
  wal::IndexRange range = {};  // of the entries that the options ask for
  std::optional<uint64_t> start = {};  // for Log::Open
  wal::Log log = {};

  // The highest index known to be committed, by log and snapshots.
  uint64_t commit() const;
};

// Finds what the options name and settles what to read of it; the log itself is not opened yet.
// Findings about snapshots are reported.
//
// Errors: what member::Open gives, and why there is no log; kNotFound if --start-snap names no
// file, kMalformed if it names one that cannot be used.
Result<Evidence> FindEvidence(const Options& options, FindingSink& findings);

}  // namespace etcdf::dump_logs
