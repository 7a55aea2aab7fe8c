// hashcheck as a function, so that tests can call it in-process.
#pragma once

#include <string>
#include <vector>

#include "app/exit_code.h"
#include "output/sink.h"

namespace etcdf::hashcheck {

// `args` without the program's name.
app::ExitCode Run(std::vector<std::string> args, output::Sink& out, output::Sink& err);

}  // namespace etcdf::hashcheck
