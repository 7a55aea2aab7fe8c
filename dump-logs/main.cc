#include "app/process.h"
#include "dump-logs/command.h"

int main(int argc, char** argv) {
  return etcdf::app::Main("dump-logs", etcdf::dump_logs::Run, argc, argv);
}
