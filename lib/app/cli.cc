#include "app/cli.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

#include "base/escape.h"

namespace etcdf::app {
namespace {

// Without dashes.
std::vector<std::string> LongOptions(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    names.insert(names.end(), option->get_lnames().begin(), option->get_lnames().end());
  }
  return names;
}

std::vector<std::string> LongOptionsWithVerbs(const CLI::App& app) {
  std::vector<std::string> names = LongOptions(app);
  for (const CLI::App* verb : app.get_subcommands({})) {
    std::ranges::move(LongOptions(*verb), std::back_inserter(names));
  }
  return names;
}

// How many bytes have to be put in, taken out or replaced to make one of the other.
size_t EditsBetween(std::string_view a, std::string_view b) {
  std::vector<size_t> edits(b.size() +
                            1);  // between what was seen of `a` and each beginning of `b`
  for (size_t j = 0; j < edits.size(); ++j) edits[j] = j;
  for (const char byte : a) {
    size_t diagonal = edits[0]++;
    for (size_t j = 1; j < edits.size(); ++j) {
      const size_t replaced = diagonal + (byte == b[j - 1] ? 0 : 1);
      diagonal = edits[j];
      edits[j] = std::min({replaced, edits[j] + 1, edits[j - 1] + 1});
    }
  }
  return edits.back();
}

// The option that was meant by `given`, both without dashes; empty if none is near.
std::string NearestOption(std::string_view given, const std::vector<std::string>& known) {
  std::string nearest;
  size_t edits = given.size() < 5 ? 2 : 3;  // fewer than these
  for (const std::string& name : known) {
    const bool is_beginning = given.size() >= 3 && name.starts_with(given);
    const size_t between = is_beginning ? 0 : EditsBetween(given, name);
    // Of one letter any other is two edits away at most: that says nothing.
    if (between < edits && between < given.size() && between < name.size()) {
      nearest = name;
      edits = between;
    }
  }
  return nearest;
}

// "csv, json or text"
std::string AnyOf(const std::vector<std::string>& choices) {
  std::string text;
  for (size_t i = 0; i < choices.size(); ++i) {
    if (i > 0) text += i + 1 == choices.size() ? " or " : ", ";
    text += choices[i];
  }
  return text;
}

// What is wrong with the command line, when the library says so.
std::string TextOf(const CLI::ParseError& error) {
  std::string text = error.what();
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) == nullptr) return text;
  return text.substr(0, text.find(": ")) + " wants a value";
}

}  // namespace

// As the library lays it out, without what only programmers know of options.
class Cli::Help : public CLI::Formatter {
 public:
  Help() {
    label("SUBCOMMAND", "VERB");
    label("Positionals", "Arguments");
  }

  void AddUsage(std::string_view usage) { other_usages_.emplace_back(usage); }

  std::string make_usage(const CLI::App* app, std::string name) const override {
    std::string text = Formatter::make_usage(app, name);
    if (app->get_parent() != nullptr) return text;
    const std::string begin(std::string_view("Usage: ").size(), ' ');
    for (const std::string& usage : other_usages_) {
      text.append(begin).append(name).append(" ").append(usage).append("\n");
    }
    return text;
  }
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    return is_positional ? option->get_type_name() : option->get_name(false, true);
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    const bool has_value = option->nonpositional() && option->get_type_size() != 0;
    return has_value ? " " + option->get_type_name() : "";
  }
  std::string make_option_usage(const CLI::Option* option) const override {
    const std::string name = make_option_name(option, true);
    return option->get_required() ? name : "[" + name + "]";
  }

 private:
  std::vector<std::string> other_usages_;
};

Refusal Mistake(std::string_view tool, std::string_view what) {
  const std::string name(tool);
  return {.err = name + ": " + Printable(what) + "\ntry '" + name + " --help' for the options\n"};
}

ExitCode Refuse(const Refusal& refusal, output::Sink& out, output::Sink& err) {
  out.Write(refusal.out);
  err.Write(refusal.err);
  return refusal.exit_code;
}

Cli::Cli(std::string_view tool, std::string_view description, std::string_view footer)
    : owned_(std::make_unique<CLI::App>(std::string(description), std::string(tool))),
      app_(*owned_),
      help_(std::make_shared<Help>()) {
  app_.formatter(help_);
  app_.footer(std::string(footer));
  const std::string_view program = tool.substr(0, tool.find(' '));
  app_.set_version_flag("--version", std::string(program) + " " + std::string(kVersion));
}

Cli::Cli(CLI::App& verb) : app_(verb) {}

Cli::~Cli() = default;

void Cli::AlsoCalledAs(std::string_view usage) { help_->AddUsage(usage); }

std::string Cli::Group(std::string_view heading) {
  return std::exchange(group_, std::string(heading));
}

Cli::Option Cli::Add(const char* names, Take take, bool is_list, const char* help,
                     const char* type) {
  const std::string_view all(names);
  const std::string name(all.substr(all.rfind(',') + 1));
  const auto take_all = [name, take = std::move(take), is_list](const CLI::results_t& values) {
    if (!is_list && values.size() > 1) throw CLI::ValidationError(name + " is given twice");
    for (const std::string& value : values) {
      const auto wanted = take(value);
      if (!wanted) continue;
      throw CLI::ValidationError(
          std::string(name).append(" wants ").append(*wanted).append(", not " + value));
    }
    return true;
  };
  CLI::Option& option = *app_.add_option(names, take_all, help);
  option.type_name(type)->group(group_)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  if (is_list) option.expected(CLI::detail::expected_max_vector_size);
  // Each time an option takes one value; what follows is an argument.
  if (option.nonpositional()) option.allow_extra_args(false);
  return {*this, option};
}

Cli::Option Cli::Flag(const char* names, bool& to, const char* help) {
  return {*this, *app_.add_flag(names, to, help)->group(group_)};
}

Cli::Option Cli::Text(const char* names, std::string& to, const char* help, const char* type) {
  const auto take = [&to](const std::string& value) {
    to = value;
    return std::nullopt;
  };
  return Add(names, take, false, help, type);
}

Cli::Option Cli::List(const char* names, std::vector<std::string>& to, const char* help,
                      const char* type) {
  const auto take = [&to](const std::string& value) {
    to.push_back(value);
    return std::nullopt;
  };
  return Add(names, take, true, help, type);
}

Cli::Option Cli::Argument(const char* name, std::string& to, const char* help, const char* type) {
  return Text(name, to, help, type).Required();
}

Cli::Option Cli::Bytes(const char* names, uint64_t& to, const char* help) {
  const auto take = [&to](const std::string& value) -> std::optional<std::string> {
    const auto size = ParseSize(value);
    if (!size) return "a size such as 4096, 64k or 1m";
    to = *size;
    return std::nullopt;
  };
  return Add(names, take, false, help, "BYTES");
}

Cli::Option Cli::Value(const char* names, Take take, const char* help, const char* type) {
  return Add(names, std::move(take), false, help, type);
}

Cli::Option Cli::AddNumber(const char* names, uint64_t max, std::function<void(uint64_t)> to,
                           bool is_list, const char* help, const char* type) {
  const std::string wanted = max == 1 ? "0 or 1" : "a number from 0 to " + std::to_string(max);
  const auto take = [max, wanted, to = std::move(to)](const std::string& value) {
    const auto number = ParseNumber(value, 10);
    if (!number || *number > max) return std::optional(wanted);
    to(*number);
    return std::optional<std::string>();
  };
  return Add(names, take, is_list, help, type);
}

Cli::Option Cli::AddChoice(const char* names, std::function<void(const std::string&)> to,
                           std::vector<std::string> choices, const char* help, const char* type) {
  const auto take = [to = std::move(to), choices = std::move(choices)](const std::string& value) {
    if (std::ranges::find(choices, value) == choices.end()) return std::optional(AnyOf(choices));
    to(value);
    return std::optional<std::string>();
  };
  return Add(names, take, false, help, type);
}

Cli::Option& Cli::Option::Required(bool is_required) {
  option_.required(is_required);
  return *this;
}

Cli::Option& Cli::Option::ValueMayFollow() {
  option_.expected(0, 1);
  return *this;
}

Cli::Option& Cli::Option::Implied(std::string_view value) {
  cli_.implied_.push_back(option_.get_lnames().front() + "=" + std::string(value));
  return *this;
}

Cli& Cli::Verb(std::string_view name, const char* help, std::string_view footer,
               std::function<void()> chosen) {
  if (verbs_.empty()) {
    app_.require_subcommand(1);
    app_.set_help_all_flag("--help-all", "Print the options of all verbs");
  }
  CLI::App& verb = *app_.add_subcommand(std::string(name), help);
  verb.footer(std::string(footer))->group("Verbs");
  verb.final_callback(std::move(chosen));
  verbs_.push_back(std::unique_ptr<Cli>(new Cli(verb)));
  return *verbs_.back();
}

std::optional<Refusal> Cli::Parse(std::vector<std::string> args) {
  args = AcceptSingleDash(std::move(args), LongOptionsWithVerbs(app_));
  for (std::string& arg : args) {
    if (arg == "--") break;
    for (const std::string& whole : implied_) {
      if (arg == "--" + whole.substr(0, whole.find('='))) arg = "--" + whole;
    }
  }
  try {
    app_.parse(std::vector(args.rbegin(), args.rend()));  // the library takes them from the back
    return std::nullopt;
  } catch (const CLI::CallForHelp&) {
    return Refusal{.exit_code = ExitCode::kSound, .out = app_.help()};
  } catch (const CLI::CallForAllHelp&) {
    return Refusal{.exit_code = ExitCode::kSound, .out = app_.help("", CLI::AppFormatMode::All)};
  } catch (const CLI::CallForVersion&) {
    return Refusal{.exit_code = ExitCode::kSound, .out = app_.version() + "\n"};
  } catch (const CLI::ParseError& error) {
    // An option that is not known leaves its value to be taken for an argument: what is wrong with
    // that is only what follows.
    const std::string unknown = WhatIsUnknown(args);
    return Mistake(app_.get_name(), unknown.empty() ? TextOf(error) : unknown);
  }
}

std::string Cli::WhatIsUnknown(const std::vector<std::string>& args) const {
  const auto end_of_options = std::ranges::find(args, "--");
  const auto is_option = [&](const std::string& arg) {
    return arg.size() > 1 && arg.starts_with('-') &&
           std::find(args.begin(), end_of_options, arg) != end_of_options;
  };
  std::vector<std::string> extras = app_.remaining(true);
  std::erase(extras, "--");
  const auto chosen = app_.get_subcommands();
  const bool wants_verb = !verbs_.empty() && chosen.empty();
  if (wants_verb && extras.empty()) {
    return "a verb is wanted, such as " + app_.get_subcommands({}).front()->get_name();
  }
  if (extras.empty()) return {};
  if (wants_verb && !is_option(extras.front())) {
    return "there is no verb '" + extras.front() + "'";
  }
  const auto unknown = std::ranges::find_if(extras, is_option);
  if (unknown == extras.end()) return "one argument too many: " + extras.front();
  const CLI::App& part = chosen.empty() ? app_ : *chosen.front();
  const std::string option = unknown->substr(0, unknown->find('='));
  const std::string nearest =
      NearestOption(option.substr(option.find_first_not_of('-')), LongOptions(part));
  return (chosen.empty() ? "there is" : part.get_name() + " has") + " no option " + option +
         (nearest.empty() ? "" : "; did you mean --" + nearest + "?");
}

void AddValueOptions(Cli& cli, output::ValueFormat& values) {
  const auto set_style = [&values](const std::string& name) -> std::optional<std::string> {
    const auto style = output::ValueStyleByName(name);
    if (!style) return "quoted, hex, base64, size or none";
    values.style = *style;
    return std::nullopt;
  };
  const std::string group = cli.Group("Output");
  cli.Value("--value", set_style, "How values print: quoted, hex, base64, size or none", "STYLE");
  cli.Flag("--redact", values.redact, "Print no value, password or token: length, fingerprint");
  cli.Flag("--show-secrets", values.show_secrets, "Print passwords and tokens");
  cli.Group(group);
}

void AddQuietOption(Cli& cli, bool& quiet) {
  const std::string group = cli.Group("Output");
  cli.Flag("--quiet", quiet, "Print no findings and no progress on stderr");
  cli.Group(group);
}

std::optional<uint64_t> ParseNumber(std::string_view text, int base) {
  if (base == 16 && (text.starts_with("0x") || text.starts_with("0X"))) text.remove_prefix(2);
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  const bool whole = error == std::errc() && end == text.data() + text.size() && !text.empty();
  return whole ? std::optional(value) : std::nullopt;
}

std::optional<uint64_t> ParseSize(std::string_view text) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = ParseNumber(text.substr(0, digits), 10);
  std::string unit;
  for (const char byte : text.substr(digits)) {
    unit += static_cast<char>(std::tolower(static_cast<unsigned char>(byte)));
  }
  constexpr std::string_view kUnits = "kmgt";
  int shift = 0;
  if (!unit.empty() && unit != "b") {
    const size_t power = kUnits.find(unit.front());
    const std::string_view rest = std::string_view(unit).substr(1);
    if (power == kUnits.npos || !(rest.empty() || rest == "b" || rest == "ib")) return std::nullopt;
    shift = 10 * (static_cast<int>(power) + 1);
  }
  if (!number || *number > std::numeric_limits<uint64_t>::max() >> shift) return std::nullopt;
  return *number << shift;
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
