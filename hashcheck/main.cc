#include "app/process.h"
#include "hashcheck/command.h"

int main(int argc, char** argv) {
  return etcdf::app::Main("hashcheck", etcdf::hashcheck::Run, argc, argv);
}
