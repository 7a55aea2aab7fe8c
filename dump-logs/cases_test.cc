// Runs testdata/dump-logs/*.test: the tool's whole output for evidence written as text. Besides
// what testing/tool.h offers:
//
//     counts-agree ARGUMENTS...        runs it with text, json and csv output and says how many
//                                      entries each shows; all must be the same
//     while-locked FILE ARGUMENTS...   runs it while FILE is locked as a running etcd locks it
//     write-file NAME                  writes the directive's input to an executable file
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "dump-logs/command.h"
#include "testing/datadriven.h"
#include "testing/tool.h"

namespace etcdf::dump_logs {
namespace {

namespace fs = std::filesystem;

// "Entry types (Normal,ConfigChange) count is : 3", upstream's last line.
std::string CountInText(std::string_view text) {
  constexpr std::string_view kLabel = "count is : ";
  const size_t at = text.rfind(kLabel);
  if (at == text.npos) return "none";
  const std::string_view number = text.substr(at + kLabel.size());
  return std::string(number.substr(0, number.find_first_not_of("0123456789")));
}

// Each object is a line; those of entries begin with their index.
std::string CountInJson(std::string_view text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    if (text.substr(at).starts_with("{\"index\":")) ++count;
    if (text.find('\n', at) == text.npos) return "an unfinished line";
  }
  return std::to_string(count);
}

// Records of RFC 4180 without the head: a line ends outside of quotes.
std::string CountInCsv(std::string_view text) {
  size_t records = 0;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (c == '\n' && !quoted) ++records;
  }
  return records == 0 ? "no head" : std::to_string(records - 1);
}

Result<std::string> CountsAgree(const testing::Directive& directive) {
  constexpr std::array kFormats = {"text", "json", "csv"};
  std::array<std::string, 3> counts;
  for (size_t i = 0; i < kFormats.size(); ++i) {
    std::vector<std::string> arguments = {"-w", kFormats[i]};
    arguments.insert(arguments.end(), directive.arguments.begin(), directive.arguments.end());
    const std::string out = testing::RunTool(Run, std::move(arguments)).out;
    counts[i] = i == 0 ? CountInText(out) : i == 1 ? CountInJson(out) : CountInCsv(out);
  }
  if (counts[0] == counts[1] && counts[1] == counts[2]) return "entries in each: " + counts[0];
  return "text: " + counts[0] + "\njson: " + counts[1] + "\ncsv: " + counts[2] + "\n";
}

// etcd write-locks its segments by open file description (client/pkg/fileutil/lock_linux.go).
Result<std::string> WhileLocked(const testing::Directive& directive) {
  std::vector<std::string> arguments = directive.arguments;
  if (arguments.empty()) {
    return Fail({.code = ErrorCode::kUsage, .what = "usage: while-locked FILE ARGUMENTS..."});
  }
  const int fd = ::open(arguments.front().c_str(), O_RDWR | O_CLOEXEC);
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  if (fd < 0 || ::fcntl(fd, F_OFD_SETLK, &lock) != 0) {
    return FailErrno("cannot lock", arguments.front());
  }
  arguments.erase(arguments.begin());
  const testing::ToolRun run = testing::RunTool(Run, std::move(arguments));
  ::close(fd);
  return testing::ToolOutput(static_cast<int>(run.exit_code), run.out, run.err);
}

Result<std::string> WriteFile(const testing::Directive& directive) {
  if (directive.arguments.size() != 1) {
    return Fail({.code = ErrorCode::kUsage, .what = "usage: write-file NAME"});
  }
  const fs::path path = directive.arguments[0];
  std::ofstream(path, std::ios::binary) << directive.input;
  fs::permissions(path, fs::perms::owner_all);
  return "";
}

const testing::DataDriven& Driver() {
  static const testing::DataDriven driver = [] {
    testing::DataDriven with_tool = testing::DriverFor("dump-logs", Run, ETCDF_TESTDATA);
    with_tool.On("counts-agree", testing::Effect::kReadsOnly, CountsAgree);
    with_tool.On("while-locked", testing::Effect::kReadsOnly, WhileLocked);
    with_tool.On("write-file", testing::Effect::kBuilds, WriteFile);
    return with_tool;
  }();
  return driver;
}

[[maybe_unused]] const bool kRegistered = [] {
  std::signal(SIGPIPE, SIG_IGN);  // as main() has it: a decoder may die while it is written to
  testing::RegisterDataDrivenTests("DumpLogsCases", fs::path(ETCDF_TESTDATA) / "dump-logs",
                                   Driver());
  return true;
}();

}  // namespace
}  // namespace etcdf::dump_logs
