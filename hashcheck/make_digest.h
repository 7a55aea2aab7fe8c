// `hashcheck digest`: a member in less than a megabyte (digest/digest.h).
#pragma once

#include "app/exit_code.h"
#include "hashcheck/options.h"
#include "output/sink.h"

namespace etcdf::hashcheck {

// Nothing is left at options.out unless the digest is whole.
app::ExitCode MakeDigest(const DigestOptions& options, output::Sink& out, output::Sink& err);

}  // namespace etcdf::hashcheck
