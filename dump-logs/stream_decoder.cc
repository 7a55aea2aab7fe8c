#include "dump-logs/stream_decoder.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/escape.h"

extern char** environ;

namespace etcdf::dump_logs {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kMaxStderrBytes = 64 << 10;
constexpr char kUnparsed[] = "decoder output format is not right, print output anyway";
constexpr char kAmbiguous[] = "(*WARNING: data might contain deliminator used by etcd-dump-logs)";

// One end of a pipe.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() { Close(); }
  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

struct Pipe {
  Fd read;
  Fd write;
};

std::optional<Pipe> MakePipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

std::vector<std::string> SplitAtSpaces(const std::string& command) {
  std::vector<std::string> words;
  size_t begin = 0;
  while (begin < command.size()) {
    const size_t end = std::min(command.find(' ', begin), command.size());
    if (end > begin) words.push_back(command.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

DecoderAnswer SplitAnswer(const std::string& line) {
  const size_t bar = line.find('|');
  if (bar == std::string::npos) return {.status = kUnparsed, .text = line};
  DecoderAnswer answer{.status = line.substr(0, bar), .text = line.substr(bar + 1)};
  if (answer.text.find('|') != std::string::npos) {
    answer.status += kAmbiguous;
    std::erase(answer.text, '|');
  }
  return answer;
}

std::string ExitText(int status) {
  if (WIFSIGNALED(status)) return "died of signal " + std::to_string(WTERMSIG(status));
  return "exited with status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

struct StreamDecoder::Impl {
  pid_t pid = -1;
  Fd input;
  Fd output;
  Fd error;
  std::chrono::milliseconds timeout{};
  std::string unread;  // output behind the last line taken
  std::string stderr_text;
  std::string failure;

  ~Impl() {
    if (pid > 0) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
  }

  void Fail(std::string why) {
    failure = std::move(why);
    if (pid <= 0) return;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    pid = -1;
  }

  // The program closed its output: it has ended, or is about to.
  void FailByExit() {
    const auto deadline = Clock::now() + timeout;
    int status = 0;
    while (Clock::now() < deadline) {
      if (::waitpid(pid, &status, WNOHANG) == pid) {
        pid = -1;
        failure = ExitText(status);
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    Fail("closed its output");
  }

  void TakeStderr() {
    std::array<char, 4096> buffer;
    const ssize_t got = ::read(error.get(), buffer.data(), buffer.size());
    if (got <= 0) {
      error.Close();
      return;
    }
    const size_t room = kMaxStderrBytes - stderr_text.size();
    stderr_text.append(buffer.data(), std::min(static_cast<size_t>(got), room));
  }

  // Writes `request` and reads until a line is complete, both as far as the program goes along.
  // Nothing if it failed.
  std::optional<std::string> Exchange(std::string_view request) {
    const auto deadline = Clock::now() + timeout;
    size_t searched = 0;
    for (;;) {
      const size_t newline = unread.find('\n', searched);
      if (newline != std::string::npos && request.empty()) {
        std::string line = unread.substr(0, newline + 1);
        unread.erase(0, newline + 1);
        return line;
      }
      searched = newline == std::string::npos ? unread.size() : newline;
      if (unread.size() > kMaxAnswerBytes) {
        Fail("answered with a line of more than 64 MiB");
        return std::nullopt;
      }
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
      std::array<pollfd, 3> waits = {{{output.get(), POLLIN, 0},
                                      {error.get(), POLLIN, 0},
                                      {request.empty() ? -1 : input.get(), POLLOUT, 0}}};
      const int ready = left.count() <= 0
                            ? 0
                            : ::poll(waits.data(), waits.size(), static_cast<int>(left.count()));
      if (ready < 0 && errno == EINTR) continue;
      if (ready <= 0) {
        Fail("gave no answer in " + std::to_string(timeout.count()) + " ms");
        return std::nullopt;
      }
      if (waits[1].revents != 0) TakeStderr();
      if (waits[2].revents != 0) {
        const ssize_t put = ::write(input.get(), request.data(), request.size());
        if (put > 0) {
          request.remove_prefix(static_cast<size_t>(put));
        } else if (put < 0 && errno != EAGAIN && errno != EINTR) {
          request = {};  // it reads no more; what it still says, or its end, comes by the output
        }
      }
      if (waits[0].revents != 0) {
        std::array<char, 16384> buffer;
        const ssize_t got = ::read(output.get(), buffer.data(), buffer.size());
        if (got > 0) {
          unread.append(buffer.data(), static_cast<size_t>(got));
        } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
          FailByExit();
          return std::nullopt;
        }
      }
    }
  }
};

StreamDecoder::StreamDecoder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StreamDecoder::StreamDecoder(StreamDecoder&&) noexcept = default;
StreamDecoder& StreamDecoder::operator=(StreamDecoder&&) noexcept = default;
StreamDecoder::~StreamDecoder() = default;

const std::string& StreamDecoder::failure() const { return impl_->failure; }
const std::string& StreamDecoder::stderr_text() const { return impl_->stderr_text; }

Result<StreamDecoder> StreamDecoder::Start(const std::string& command,
                                           std::chrono::milliseconds timeout) {
  std::vector<std::string> words = SplitAtSpaces(command);
  auto in = MakePipe(), out = MakePipe(), err = MakePipe();
  if (!in || !out || !err) return FailErrno("cannot start the decoder", command);
  if (words.empty()) {
    return etcdf::Fail(
        {.code = ErrorCode::kUsage, .what = "names no command", .subject = "--stream-decoder"});
  }

  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in->read.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out->write.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err->write.get(), STDERR_FILENO);
  // The tool ignores SIGPIPE; the program it starts should not.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);

  auto impl = std::make_unique<Impl>();
  const int error =
      ::posix_spawnp(&impl->pid, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    impl->pid = -1;
    errno = error;
    return FailErrno("cannot start the decoder", words[0]);
  }
  impl->input = std::move(in->write);
  impl->output = std::move(out->read);
  impl->error = std::move(err->read);
  impl->timeout = timeout;
  ::fcntl(impl->input.get(), F_SETFL, O_NONBLOCK);
  ::fcntl(impl->output.get(), F_SETFL, O_NONBLOCK);
  ::fcntl(impl->error.get(), F_SETFL, O_NONBLOCK);
  return StreamDecoder(std::move(impl));
}

DecoderAnswer StreamDecoder::Decode(Bytes data) {
  if (impl_->failure.empty()) {
    std::string request;
    AppendHex(request, data);
    request += '\n';
    if (const auto line = impl_->Exchange(request)) return SplitAnswer(*line);
  }
  return {.status = "no answer: the decoder " + impl_->failure, .text = "\n"};
}

void StreamDecoder::Finish(std::chrono::milliseconds timeout) {
  impl_->input.Close();
  if (!impl_->failure.empty()) return;
  // Whatever it still says is of no use, but it must be able to say it.
  std::array<char, 4096> buffer;
  const auto deadline = Clock::now() + timeout;
  while (Clock::now() < deadline) {
    std::array<pollfd, 2> waits = {
        {{impl_->output.get(), POLLIN, 0}, {impl_->error.get(), POLLIN, 0}}};
    ::poll(waits.data(), waits.size(), 10);
    if (waits[1].revents != 0) impl_->TakeStderr();
    if (waits[0].revents != 0 && ::read(impl_->output.get(), buffer.data(), buffer.size()) <= 0) {
      impl_->output.Close();
    }
    int status = 0;
    if (::waitpid(impl_->pid, &status, WNOHANG) == impl_->pid) {
      impl_->pid = -1;
      if (status != 0) impl_->failure = ExitText(status);
      while (impl_->error.get() >= 0) {
        const size_t before = impl_->stderr_text.size();
        impl_->TakeStderr();
        if (impl_->stderr_text.size() == before) break;
      }
      return;
    }
  }
  impl_->Fail("did not end after its input was closed");
}

}  // namespace etcdf::dump_logs
