// What the programs of this folder have in common: how they begin, and what is drawn.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "app/cli.h"
#include "output/sink.h"

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

// What a variable of the environment says; without it, `otherwise`.
inline uint64_t NumberFromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  if (text == nullptr) return otherwise;
  const auto number = app::ParseNumber(text, 10);
  if (!number) throw std::invalid_argument(std::string(name) + " wants a number, not " + text);
  return *number;
}

// --seed N, --rounds N, --round I and DATA_DIR..., where `one` is "round". Without the options,
// ETCDF_SEED and ETCDF_ROUNDS count.
inline void AddOptions(app::Cli& cli, const std::string& one, Draws& draws) {
  draws.seed = NumberFromEnvironment("ETCDF_SEED", draws.seed);
  draws.count = NumberFromEnvironment("ETCDF_ROUNDS", draws.count);
  cli.Number("--seed", draws.seed, "what decides every throw of the dice (ETCDF_SEED)");
  cli.Number(("--" + one + "s").c_str(), draws.count, "how many (ETCDF_ROUNDS)");
  cli.Number(("--" + one).c_str(), draws.only, "this one alone", "I");
  cli.List("DATA_DIR", draws.data_dirs, "healthy data directories", "DATA_DIR...").Required();
}

// Reads the words of main(). Nothing, or the status to end with at once.
inline std::optional<int> ParseWords(app::Cli& cli, int count, char** words) {
  const auto refusal = cli.Parse({words + 1, words + count});
  if (!refusal) return std::nullopt;
  output::FdSink out(STDOUT_FILENO);
  output::FdSink err(STDERR_FILENO);
  return static_cast<int>(app::Refuse(*refusal, out, err));
}

// The whole of main(): what stops the program is told.
inline int RunProgram(const char* name, int (*run)(int, char**), int count, char** words) try {
  return run(count, words);
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s: %s\n", name, error.what());
  return 2;
}

}  // namespace etcdf::reliability
