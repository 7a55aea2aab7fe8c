// Which line of etcd a member's cluster ran, by its files.
#pragma once

#include <optional>
#include <vector>

#include "apply/rules.h"
#include "mvcc/status.h"
#include "restore/forecast.h"

namespace etcdf::restore {

struct ClusterLine {
  // As the database says; where that says nothing, as the log's entries or the newest `.snap` do.
  std::optional<apply::Version> version = {};
  // Where none of them tells: the oldest line that writes such a database.
  apply::Version at_least = {};
};

ClusterLine FindClusterLine(const Evidence& evidence, const mvcc::Status& status);

// The newest patch releases of that line and of the one to which it may be upgraded; of all lines
// that can be foretold where it is not known.
std::vector<apply::Version> LinesToForetell(const ClusterLine& line);

}  // namespace etcdf::restore
