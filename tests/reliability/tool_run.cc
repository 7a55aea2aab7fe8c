#include "tests/reliability/tool_run.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "app/process.h"
#include "dump-db/command.h"
#include "dump-logs/command.h"
#include "hashcheck/command.h"
#include "json/json.h"
#include "snapshot-status/command.h"

namespace etcdf::reliability {
namespace {

// Far above what the slowest run takes, which is a second: what needs longer will never end. The
// processor's time counts, so that a busy machine does not matter.
constexpr rlim_t kSecondsMax = kSanitized ? 120 : 20;
constexpr rlim_t kOutputBytesMax = rlim_t{256} << 20;
// Beside a multiple of the input: the program itself, a sanitizer's shadow, sqlite's and LMDB's
// own.
constexpr uint64_t kMemoryBase = uint64_t{kSanitized ? 1024 : 64} << 20;
constexpr uint64_t kMemoryPerByte = 8;

struct NamedTool {
  std::string_view name;
  app::Tool tool;
};
constexpr auto kTools = std::to_array<NamedTool>({{"dump-logs", dump_logs::Run},
                                                  {"dump-db", dump_db::Run},
                                                  {"snapshot-status", snapshot_status::Run},
                                                  {"hashcheck", hashcheck::Run}});

void Limit(decltype(RLIMIT_CPU) what, rlim_t most) {
  const rlimit limit{.rlim_cur = most, .rlim_max = most};
  setrlimit(what, &limit);
}

[[noreturn]] void RunHere(const Command& command, int out, int err) {
  Limit(RLIMIT_CPU, kSecondsMax);
  Limit(RLIMIT_FSIZE, kOutputBytesMax);
  Limit(RLIMIT_CORE, 0);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  std::vector<std::string> words = command;
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  const auto* const tool = std::ranges::find(kTools, command.front(), &NamedTool::name);
  _exit(app::Main(tool->name, tool->tool, static_cast<int>(arguments.size()), arguments.data()));
}

std::string TakeAll(int file) {
  std::string text(static_cast<size_t>(lseek(file, 0, SEEK_END)), '\0');
  const ssize_t got = pread(file, text.data(), text.size(), 0);
  text.resize(got < 0 ? 0 : static_cast<size_t>(got));
  close(file);
  return text;
}

bool Has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

bool AsksForJson(const Command& command) {
  constexpr auto kWords = std::to_array<std::string_view>({"-w", "json"});
  return !std::ranges::search(command, kWords).empty();
}

bool IsJsonLines(std::string_view text) {
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (end == text.npos) return false;
    if (!json::Walk(text.substr(0, end), [](const auto&, const auto&) {})) return false;
    text.remove_prefix(end + 1);
  }
  return true;
}

bool HasLineThatBegins(const std::string& text, std::string_view begin) {
  return text.starts_with(begin) || Has(text, "\n" + std::string(begin));
}

// A finding worse than a note, as JSON or as text shows it.
bool TellsDamage(const ToolRun& run) {
  const auto tells = [&](std::string_view severity) {
    return Has(run.out, "\"severity\":\"" + std::string(severity) + "\"") ||
           HasLineThatBegins(run.err, std::string(severity) + " ");
  };
  return tells("damage") || tells("suspect");
}

std::string FaultOf(const Command& command, const ToolRun& run, int status, uint64_t input_bytes) {
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    return signal == SIGXCPU || signal == SIGKILL ? "did not end"
                                                  : "killed by signal " + std::to_string(signal);
  }
  if (Has(run.err, "Sanitizer") || Has(run.err, "runtime error:")) return "a sanitizer's report";
  if (run.exit_code > 2) return "exit status " + std::to_string(run.exit_code);
  // What nobody foresaw: std::bad_alloc, std::length_error and the like.
  if (Has(run.err, "std::") || Has(run.err, "basic_string")) return "an exception";
  if (run.peak_bytes > kMemoryBase + kMemoryPerByte * input_bytes) {
    return std::to_string(run.peak_bytes >> 20) + " MiB of memory";
  }
  if (run.exit_code == 2 && run.err.empty() && run.out.empty()) return "failed without a word";
  if (AsksForJson(command) && !IsJsonLines(run.out)) return "its output is no JSON";
  if (run.sound() && TellsDamage(run)) return "exit status 0 beside a finding of damage";
  return "";
}

}  // namespace

std::string CommandText(const Command& command) {
  std::string text;
  for (const std::string& word : command) text += (text.empty() ? "" : " ") + word;
  return text;
}

ToolRun RunTool(const Command& command, uint64_t input_bytes) {
  const int out = memfd_create("out", 0);
  const int err = memfd_create("err", 0);
  const pid_t process = fork();
  if (process == 0) RunHere(command, out, err);
  int status = 0;
  rusage usage = {};
  wait4(process, &status, 0, &usage);
  ToolRun run{.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
              .out = TakeAll(out),
              .err = TakeAll(err),
              .peak_bytes = static_cast<uint64_t>(usage.ru_maxrss) << 10};
  run.fault = FaultOf(command, run, status, input_bytes);
  return run;
}

}  // namespace etcdf::reliability
