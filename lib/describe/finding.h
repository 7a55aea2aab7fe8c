// Findings for programs: one JSON object each, in the stream of what a tool prints.
#pragma once

#include <string>

#include "base/finding.h"

namespace etcdf::describe {

// Appends
// {"finding":"wal.crc_mismatch","severity":"damage","file":"...","offset":134320,"length":96,
// "what":"...","consequence":"...","stored_crc":2255914391,...} and a newline. What is not known
// does not stand.
void AppendFindingJson(std::string& out, const Finding& finding);

}  // namespace etcdf::describe
