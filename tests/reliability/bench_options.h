// What the programs of this folder have in common: how they begin, and what is drawn.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <vector>

namespace etcdf::reliability {

// So many things are drawn by the seed, numbered from 0; or one of them alone.
struct Draws {
  uint64_t seed = 1;
  uint64_t count = 0;
  std::optional<uint64_t> only = {};
  std::vector<std::string> data_dirs = {};

  uint64_t begin() const { return only.value_or(0); }
  uint64_t end() const { return only ? *only + 1 : count; }
};

// --seed N, --rounds N, --round I and DATA_DIR..., where `one` is "round". Without the options,
// ETCDF_SEED and ETCDF_ROUNDS count. Returns --round.
inline CLI::Option* AddOptions(CLI::App& app, const std::string& one, Draws& draws) {
  app.add_option("--seed", draws.seed)->envname("ETCDF_SEED");
  app.add_option("--" + one + "s", draws.count)->envname("ETCDF_ROUNDS");
  app.add_option("DATA_DIR", draws.data_dirs)->required();
  return app.add_option("--" + one, draws.only, "this one alone");
}

// The whole of main(): what stops the program is told.
inline int RunProgram(const char* name, int (*run)(int, char**), int count, char** words) try {
  return run(count, words);
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s: %s\n", name, error.what());
  return 2;
}

}  // namespace etcdf::reliability
