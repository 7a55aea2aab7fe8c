// What is said on stderr.
#pragma once

#include "app/exit_code.h"
#include "base/result.h"
#include "hashcheck/evidence.h"
#include "output/sink.h"

namespace etcdf::hashcheck {

// Says why the job cannot go on.
app::ExitCode Failed(const Error& error, output::Sink& err);

// A member's findings, and why it takes no part if it does not.
void ShowFindings(const Member& member, bool quiet, output::Sink& out, output::Sink& err);

}  // namespace etcdf::hashcheck
