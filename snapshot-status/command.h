// snapshot-status as a function (app::Tool).
#pragma once

#include <string>
#include <vector>

#include "app/exit_code.h"
#include "output/sink.h"

namespace etcdf::snapshot_status {

app::ExitCode Run(std::vector<std::string> args, output::Sink& out, output::Sink& err);

}  // namespace etcdf::snapshot_status
