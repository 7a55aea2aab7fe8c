// The manners of a command-line process: signals and the progress line.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "output/sink.h"

namespace etcdf::app {

// Broken pipes become write errors, and SIGINT and SIGTERM ask for an orderly end: Interrupted() is
// true from then on. A second SIGINT ends the process at once. Called by main, not by tests.
void InstallSignalHandlers();
bool Interrupted();

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
