#include "app/cli.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>

#include "base/escape.h"

namespace etcdf::app {
namespace {

// Of the app and of its subcommands.
std::vector<std::string> LongOptions(const CLI::App& app) {
  std::vector<std::string> names;
  const auto add = [&](const CLI::App& part) {
    for (const CLI::Option* option : part.get_options()) {
      const auto& long_names = option->get_lnames();
      names.insert(names.end(), long_names.begin(), long_names.end());
    }
  };
  add(app);
  for (const CLI::App* part : app.get_subcommands({})) add(*part);
  return names;
}

}  // namespace

Refusal Mistake(std::string_view tool, std::string_view what) {
  const std::string name(tool);
  return {.err = name + ": " + Printable(what) + "\ntry '" + name + " --help' for the options\n"};
}

ExitCode Refuse(const Refusal& refusal, output::Sink& out, output::Sink& err) {
  out.Write(refusal.out);
  err.Write(refusal.err);
  return refusal.exit_code;
}

std::optional<Refusal> Parse(CLI::App& app, std::vector<std::string> args,
                             const std::vector<std::string>& implied) {
  args = AcceptSingleDash(std::move(args), LongOptions(app));
  for (std::string& arg : args) {
    if (arg == "--") break;
    for (const std::string& whole : implied) {
      if (arg == "--" + whole.substr(0, whole.find('='))) arg = "--" + whole;
    }
  }
  std::ranges::reverse(args);  // CLI11 takes them from the back
  try {
    app.parse(std::move(args));
    return std::nullopt;
  } catch (const CLI::CallForHelp&) {
    return Refusal{.exit_code = ExitCode::kSound, .out = app.help()};
  } catch (const CLI::CallForAllHelp&) {
    return Refusal{.exit_code = ExitCode::kSound, .out = app.help("", CLI::AppFormatMode::All)};
  } catch (const CLI::CallForVersion&) {
    return Refusal{.exit_code = ExitCode::kSound, .out = app.version() + "\n"};
  } catch (const CLI::Error& error) {
    return Mistake(app.get_name(), error.what());
  }
}

void AddValueOptions(CLI::App& app, output::ValueFormat& values) {
  const auto set_style = [&values](const std::string& name) {
    values.style = output::ValueStyleByName(name).value_or(output::ValueStyle::kQuoted);
  };
  app.add_option_function<std::string>("--value", set_style,
                                       "How values print: quoted, hex, base64, size or none")
      ->check(CLI::IsMember({"quoted", "hex", "base64", "size", "none"}))
      ->group("Output");
  app.add_flag("--redact", values.redact, "Print no value, password or token: length, fingerprint")
      ->group("Output");
  app.add_flag("--show-secrets", values.show_secrets, "Print passwords and tokens")
      ->group("Output");
}

void AddQuietOption(CLI::App& app, bool& quiet) {
  app.add_flag("--quiet", quiet, "Print no findings and no progress on stderr")->group("Output");
}

std::optional<uint64_t> ParseNumber(std::string_view text, int base) {
  if (base == 16 && (text.starts_with("0x") || text.starts_with("0X"))) text.remove_prefix(2);
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  const bool whole = error == std::errc() && end == text.data() + text.size() && !text.empty();
  return whole ? std::optional(value) : std::nullopt;
}

std::string CheckDecimal(std::string& text) {
  const auto value = ParseNumber(text, 10);
  if (!value) return "a number from 0 to 18446744073709551615 is wanted, not " + text;
  text = std::to_string(*value);  // without zeros in front, which CLI11 would take for octal
  return {};
}

std::vector<std::string> AcceptSingleDash(std::vector<std::string> args,
                                          const std::vector<std::string>& long_options) {
  for (std::string& arg : args) {
    if (arg == "--") break;
    if (arg.size() < 3 || arg[0] != '-' || arg[1] == '-') continue;
    const std::string_view name = std::string_view(arg).substr(1, arg.find('=') - 1);
    if (std::ranges::find(long_options, name) != long_options.end()) arg.insert(0, "-");
  }
  return args;
}

}  // namespace etcdf::app
