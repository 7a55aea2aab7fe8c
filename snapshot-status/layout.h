// How surveys print. One database prints byte for byte as `etcdutl snapshot status` of etcd 3.6.9
// prints it (etcdutl/etcdutl/printer*.go); of several, each row or object names its file.
#pragma once

#include <string>
#include <vector>

#include "snapshot-status/survey.h"

namespace etcdf::snapshot_status {

// "213 kB", as github.com/dustin/go-humanize has it.
std::string HumanBytes(uint64_t bytes);

// What would stop a restore from this database, or make its result differ from what was saved; in
// sentences, the most important first. Empty if nothing known would.
std::vector<std::string> RestoreObstacles(const Survey& survey);

// Appends all surveys in the format of the options.
void AppendSurveys(std::string& out, const std::vector<Survey>& surveys, const Options& options);

}  // namespace etcdf::snapshot_status
