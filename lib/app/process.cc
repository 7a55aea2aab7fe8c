#include "app/process.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <exception>
#include <mutex>
#include <new>
#include <system_error>

namespace etcdf::app {
namespace {

std::atomic<bool> g_interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void OnInterrupt(int signal) {
  g_interrupted = true;
  std::signal(signal, SIG_DFL);  // the next one ends the process
}

// A standard stream that is closed would be the next file to be opened: a copy in the making, into
// which messages would go. With this in its place, what is written to it fails as it should.
void FillClosedStreams() {
  int fd = 0;
  do {
    fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  } while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0) ::close(fd);
}

std::string ReasonOf(const std::exception& failure) {
  if (dynamic_cast<const std::bad_alloc*>(&failure) != nullptr) return "out of memory";
  const auto* const of_system = dynamic_cast<const std::system_error*>(&failure);
  if (of_system != nullptr && of_system->code() == std::errc::resource_unavailable_try_again) {
    return "cannot start a thread, for want of memory or by a limit on processes";
  }
  return failure.what();
}

}  // namespace

void InstallSignalHandlers() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGINT, OnInterrupt);
  std::signal(SIGTERM, OnInterrupt);
}

bool Interrupted() { return g_interrupted.load(std::memory_order_relaxed); }

int ExitStatus(ExitCode code, std::string_view tool, const output::FdSink& out, output::Sink& err) {
  if (out.error() == 0 || out.error() == EPIPE) return static_cast<int>(code);
  err.Write(std::string(tool) + ": cannot write the output: " + std::strerror(out.error()) + "\n");
  return static_cast<int>(ExitCode::kFailed);
}

int Main(std::string_view name, Tool tool, int argc, char** argv) {
  FillClosedStreams();
  InstallSignalHandlers();
  output::FdSink out(STDOUT_FILENO);
  output::FdSink err(STDERR_FILENO);
  ExitCode code = ExitCode::kFailed;
  try {
    code = tool({argv + 1, argv + argc}, out, err);
  } catch (const std::exception& failure) {
    err.Write(std::string(name) + ": " + ReasonOf(failure) + "\n");
  }
  return ExitStatus(code, name, out, err);
}

Progress::Progress(std::string verb, uint64_t total_bytes)
    : verb_(std::move(verb)), total_bytes_(total_bytes) {
  if (total_bytes_ > 0 && ::isatty(STDERR_FILENO) == 1) {
    painter_ = std::jthread([this](const std::stop_token& stop) { Show(stop); });
  }
}

void Progress::Show(const std::stop_token& stop) const {
  std::mutex mutex;
  std::condition_variable_any wake;
  output::FdSink terminal(STDERR_FILENO);
  std::unique_lock lock(mutex);
  bool shown = false;
  auto pause = std::chrono::milliseconds(1000);
  while (!wake.wait_for(lock, stop, pause, [&] { return stop.stop_requested(); })) {
    const uint64_t percent = bytes_done_ * 100 / total_bytes_;
    terminal.Write("\r" + verb_ + " " + std::to_string(percent) + "% of " +
                   std::to_string(total_bytes_ / 1'000'000) + " MB");
    shown = true;
    pause = std::chrono::milliseconds(200);
  }
  if (shown) terminal.Write("\r\x1b[K");
}

}  // namespace etcdf::app
