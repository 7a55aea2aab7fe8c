#include <unistd.h>

#include "app/process.h"
#include "dump-logs/command.h"

int main(int argc, char** argv) {
  etcdf::app::InstallSignalHandlers();
  etcdf::output::FdSink out(STDOUT_FILENO);
  etcdf::output::FdSink err(STDERR_FILENO);
  const auto code = etcdf::dump_logs::Run({argv + 1, argv + argc}, out, err);
  return etcdf::app::ExitStatus(code, "dump-logs", out, err);
}
