// dump-logs as a function: main() and the tests call the same thing.
#pragma once

#include <string>
#include <vector>

#include "app/exit_code.h"
#include "output/sink.h"

namespace etcdf::dump_logs {

// Runs the tool with these arguments (without the program's name). Results go to `out`, findings
// and messages to `err`.
app::ExitCode Run(std::vector<std::string> args, output::Sink& out, output::Sink& err);

}  // namespace etcdf::dump_logs
