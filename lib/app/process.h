// The manners of a command-line process: signals and the progress line.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "app/exit_code.h"
#include "output/sink.h"

namespace etcdf::app {

// Broken pipes, and files that have their greatest size (RLIMIT_FSIZE), become write errors. SIGINT
// and SIGTERM ask for an orderly end: Interrupted() is true from then on. A second SIGINT ends the
// process at once. Called by main, not by tests.
void InstallSignalHandlers();
bool Interrupted();

// The status for main to return. A reader that has seen enough (a broken pipe) changes nothing; any
// other failure to write `out`, such as a full disk, is said on `err`, and the job has failed.
int ExitStatus(ExitCode code, std::string_view tool, const output::FdSink& out, output::Sink& err);

// A tool as a function: main() and the tests call the same one. Takes the arguments without the
// program's name; results go to `out`, findings and messages to `err`.
using Tool = ExitCode (*)(std::vector<std::string> args, output::Sink& out, output::Sink& err);

// The whole of a tool's main(): signals, the standard streams, and the end in good order of what
// third-party code and the allocator throw.
int Main(std::string_view name, Tool tool, int argc, char** argv);

// Shows on stderr how far a long job is, if stderr is a terminal: "reading 35% of 370 MB". Nothing
// is shown in the first second. Ends, and wipes the line, when it is destroyed.
class Progress {
 public:
  Progress(std::string verb, uint64_t total_bytes);
  ~Progress() = default;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // To be advanced by whoever does the work.
  std::atomic<uint64_t>* bytes_done() { return &bytes_done_; }

 private:
  void Show(const std::stop_token& stop) const;

  std::string verb_;
  uint64_t total_bytes_;
  std::atomic<uint64_t> bytes_done_ = 0;
  std::jthread painter_;
};

}  // namespace etcdf::app
