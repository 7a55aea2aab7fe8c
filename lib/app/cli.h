// What the command lines of all tools have in common.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/exit_code.h"
#include "output/sink.h"
#include "output/value_format.h"

namespace CLI {
class App;
}  // namespace CLI

namespace etcdf::app {

inline constexpr std::string_view kVersion = "0.1.0";

// What to print, and the exit status, when there is nothing to run: --help, --version, a mistake.
struct Refusal {
  ExitCode exit_code = ExitCode::kFailed;
  std::string out = {};
  std::string err = {};
};

// Refuses a command line: what is wrong with it, and where the options are listed.
Refusal Mistake(std::string_view tool, std::string_view what);

// Prints it; its exit code.
ExitCode Refuse(const Refusal& refusal, output::Sink& out, output::Sink& err);

// Reads `args` (without the program's name) into what `app`'s options are bound to; `app` bears the
// tool's name. Nothing, or why there is nothing to run.
//
// etcd's tools take long options with one dash (`-start-index 5`), and scripts use them so: so does
// this. `--NAME` of an option whose value may be left out takes the one of `NAME=VALUE` in
// `implied`, never the next argument.
std::optional<Refusal> Parse(CLI::App& app, std::vector<std::string> args,
                             const std::vector<std::string>& implied = {});

// --value, --redact, --show-secrets and --quiet, in the group "Output".
void AddValueOptions(CLI::App& app, output::ValueFormat& values);
void AddQuietOption(CLI::App& app, bool& quiet);

// A whole number in digits of `base`, 10 or 16 (`0x` in front is allowed then): nothing if it is
// anything else, or does not fit.
std::optional<uint64_t> ParseNumber(std::string_view text, int base);

// For CLI::Validator: digits only, read as decimal. What CLI11 converts by itself may be signed,
// octal or cut off. Returns what is wrong, or nothing.
std::string CheckDecimal(std::string& text);

// Gives every argument that spells one of `long_options` (without dashes) with one dash a second
// one; leaves all others alone, and everything after `--`.
std::vector<std::string> AcceptSingleDash(std::vector<std::string> args,
                                          const std::vector<std::string>& long_options);

}  // namespace etcdf::app
