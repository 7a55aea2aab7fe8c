// The log of a member that statements tell, opened and scanned, for fuzz targets: without a file
// system.
#pragma once

#include <string_view>

#include "testing/fuzz.h"
#include "testing/wal_builder.h"
#include "wal/log.h"

namespace etcdf::testing {

class BuiltLog {
 public:
  // `statements` (wal_builder.h) make one segment, and a sound one.
  explicit BuiltLog(std::string_view statements)
      : evidence_(BuildEvidence(statements).value()),
        segment_(AsBytes(evidence_.files.begin()->second)),
        log_(Open()) {}

  const wal::Log& log() const { return log_; }

  // The same once more, scanned.
  wal::Log Open() {
    FindingList findings;
    wal::Log log =
        wal::Log::Open({.segments = {{segment_.path(), {}}}}, std::nullopt, findings).value();
    log.Scan(findings);
    Require(findings.findings().empty());
    return log;
  }

 private:
  BuiltEvidence evidence_;
  MemoryFile segment_;
  wal::Log log_;
};

}  // namespace etcdf::testing
