#include "app/process.h"
#include "snapshot-status/command.h"

int main(int argc, char** argv) {
  return etcdf::app::Main("snapshot-status", etcdf::snapshot_status::Run, argc, argv);
}
