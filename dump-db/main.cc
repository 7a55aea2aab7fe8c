#include "app/process.h"
#include "dump-db/command.h"

int main(int argc, char** argv) {
  return etcdf::app::Main("dump-db", etcdf::dump_db::Run, argc, argv);
}
