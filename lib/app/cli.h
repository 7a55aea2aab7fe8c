// The command lines of all tools: what they have in common, and how their options are declared. The
// only unit that knows the library behind it.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/exit_code.h"
#include "output/sink.h"
#include "output/value_format.h"

namespace CLI {
class App;
class Option;
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

// The options and arguments of a tool or of one of its verbs. Declare them, then Parse.
//
// Every declaration takes its names ("-w,--write-out"; those of an argument have no dashes), where
// the value goes, what --help says of it, and what --help calls its value. An option that is not
// given leaves its variable alone; one that takes a single value is refused when given twice.
class Cli {
 public:
  // Refines what was declared.
  class Option {
   public:
    Option(Cli& cli, CLI::Option& option) : cli_(cli), option_(option) {}
    Option& Required(bool is_required = true);
    // The value may be left out: then it is empty. An argument that follows is taken for it.
    Option& ValueMayFollow();
    // The value may be left out: then it is `value`. It is given as `--NAME=VALUE` only.
    Option& Implied(std::string_view value);

   private:
    Cli& cli_;
    CLI::Option& option_;
  };

  // Takes a value. Nothing, or what the option wants instead: "a number", "text or json".
  using Take = std::function<std::optional<std::string>(const std::string& value)>;

  // `tool` as users type it: "dump-logs", "hashcheck digest". `footer` ends the help.
  Cli(std::string_view tool, std::string_view description, std::string_view footer);
  ~Cli();
  Cli(const Cli&) = delete;
  Cli& operator=(const Cli&) = delete;

  // Another way to call the tool, for --help: what stands after its name.
  void AlsoCalledAs(std::string_view usage);

  // The heading in --help of what is declared from now on; "Options" to begin with. The one before.
  std::string Group(std::string_view heading);

  Option Flag(const char* names, bool& to, const char* help);
  Option Text(const char* names, std::string& to, const char* help, const char* type = "TEXT");
  // May be given more than once; an argument takes all that are left.
  Option List(const char* names, std::vector<std::string>& to, const char* help,
              const char* type = "TEXT");
  // A file name or the like that is no option; required.
  Option Argument(const char* name, std::string& to, const char* help, const char* type);
  // A size: digits, then perhaps k, m or g, of 1024 each.
  Option Bytes(const char* names, uint64_t& to, const char* help);
  Option Value(const char* names, Take take, const char* help, const char* type);

  // Decimal digits that fit. `To` is an integer, an optional of one, or a vector of them: then the
  // option may be given more than once.
  template <typename To>
  Option Number(const char* names, To& to, const char* help, const char* type = "N") {
    return NumberUpTo(names, MaxOf(to), to, help, type);
  }
  template <typename To>
  Option NumberUpTo(const char* names, uint64_t max, To& to, const char* help,
                    const char* type = "N") {
    const auto take = [&to](uint64_t number) {
      if constexpr (requires { to.push_back(number); }) {
        to.push_back(number);
      } else if constexpr (requires { typename To::value_type; }) {
        to = static_cast<typename To::value_type>(number);
      } else {
        to = static_cast<To>(number);
      }
    };
    return AddNumber(
        names, max, take, requires { to.push_back(uint64_t{}); }, help, type);
  }
  // Revisions are int64 in etcd.
  template <typename To>
  Option Revision(const char* names, To& to, const char* help) {
    return NumberUpTo(names, std::numeric_limits<int64_t>::max(), to, help, "REVISION");
  }

  // One of the names. `To` is the type of the table's values, or an optional of it; `table`
  // outlives the parsing.
  template <typename To, typename T>
  Option Choice(const char* names, To& to, const std::map<std::string, T>& table, const char* help,
                const char* type = "NAME") {
    std::vector<std::string> choices;
    for (const auto& [name, value] : table) choices.push_back(name);
    return AddChoice(
        names, [&to, &table](const std::string& name) { to = table.at(name); }, std::move(choices),
        help, type);
  }

  // A verb, with options of its own. One has to be chosen; `chosen` is called then.
  Cli& Verb(std::string_view name, const char* help, std::string_view footer,
            std::function<void()> chosen);

  // Reads `args` (without the program's name) into what was declared. Nothing, or why there is
  // nothing to run.
  //
  // etcd's tools take long options with one dash (`-start-index 5`), and scripts use them so: so
  // does this.
  std::optional<Refusal> Parse(std::vector<std::string> args);

 private:
  class Help;

  explicit Cli(CLI::App& verb);

  template <typename T>
  static uint64_t MaxOf(const T& /*to*/) {
    if constexpr (requires { typename T::value_type; }) {
      return static_cast<uint64_t>(std::numeric_limits<typename T::value_type>::max());
    } else {
      return static_cast<uint64_t>(std::numeric_limits<T>::max());
    }
  }
  Option AddNumber(const char* names, uint64_t max, std::function<void(uint64_t)> to, bool is_list,
                   const char* help, const char* type);
  Option AddChoice(const char* names, std::function<void(const std::string&)> to,
                   std::vector<std::string> choices, const char* help, const char* type);
  Option Add(const char* names, Take take, bool is_list, const char* help, const char* type);
  std::string WhatIsUnknown(const std::vector<std::string>& args) const;

  std::unique_ptr<CLI::App> owned_;  // of a tool; a verb is owned by the tool's
  CLI::App& app_;
  std::shared_ptr<Help> help_;
  std::string group_ = "Options";
  std::vector<std::string> implied_;  // "NAME=VALUE"
  std::vector<std::unique_ptr<Cli>> verbs_;
};

// --value, --redact, --show-secrets and --quiet, in the group "Output".
void AddValueOptions(Cli& cli, output::ValueFormat& values);
void AddQuietOption(Cli& cli, bool& quiet);

// A whole number in digits of `base`, 10 or 16 (`0x` in front is allowed then): nothing if it is
// anything else, or does not fit.
std::optional<uint64_t> ParseNumber(std::string_view text, int base);

// Digits, then perhaps a unit in any case: b, k, m, g or t, with b or ib after it or not; a k is
// 1024. Nothing if it is anything else, or does not fit.
std::optional<uint64_t> ParseSize(std::string_view text);

// Gives every argument that spells one of `long_options` (without dashes) with one dash a second
// one; leaves all others alone, and everything after `--`.
std::vector<std::string> AcceptSingleDash(std::vector<std::string> args,
                                          const std::vector<std::string>& long_options);

}  // namespace etcdf::app
