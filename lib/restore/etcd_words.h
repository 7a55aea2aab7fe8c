// What etcd writes to its log about a matter, as each version words it, and which of its functions
// decides. 3.4 words things by its default logger (capnslog).
#pragma once

#include <string>
#include <string_view>

#include "restore/forecast.h"

namespace etcdf::restore {

// A part of the line, without what differs from one start to the next; empty where it says nothing.
std::string EtcdSays(const Remark& remark, const apply::Version& version);

// "bootstrap.go, recoverSnapshot": file and function, as v3.6.9 names them.
std::string_view RuleOf(const Remark& remark);

// A stable name of the matter for programs that read the output: "no_log".
std::string_view MatterName(Matter matter);

// Likewise: "yes", "yes_but", "alone_only", "no".
std::string_view StartsName(Starts starts);

// "3.5" for the newest patch release of a line, else "3.5.16".
std::string VersionText(const apply::Version& version);

// Likewise: "disarm_alarm"; empty for kNone.
std::string_view RemedyName(Remedy remedy);

}  // namespace etcdf::restore
