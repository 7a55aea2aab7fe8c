// An external program that decodes entries: one line of hex in, one line `STATUS|TEXT` out, in
// step.
//
// The program is not trusted to behave. If it dies, says nothing for the time allowed, or answers
// without end, it is killed, and every entry from there on goes without an answer; failure() says
// why.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace etcdf::dump_logs {

// As etcd-dump-logs splits it: STATUS before the first bar, what follows it behind.
struct DecoderAnswer {
  std::string status;
  std::string text;
};

class StreamDecoder {
 public:
  static constexpr size_t kMaxAnswerBytes = 64 << 20;

  // Starts `command`, split at spaces as upstream does, without a shell. `timeout` is for one
  // answer. The calling process ignores SIGPIPE (app::InstallSignalHandlers): the program may die
  // at any time. Errors: kIo if it cannot be started.
  static Result<StreamDecoder> Start(const std::string& command, std::chrono::milliseconds timeout);

  StreamDecoder(StreamDecoder&&) noexcept;
  StreamDecoder& operator=(StreamDecoder&&) noexcept;
  ~StreamDecoder();  // ends the program

  // The answer for one entry's data. Once the program has failed, always the same: no answer.
  DecoderAnswer Decode(Bytes data);

  // Closes the program's input and waits for its end, not longer than `timeout`.
  void Finish(std::chrono::milliseconds timeout);

  // Why there are no more answers; empty while there are. "exited with status 1", "gave no answer
  // in 10 s", ...
  const std::string& failure() const;
  // What the program wrote to its stderr, up to 64 KiB.
  const std::string& stderr_text() const;

 private:
  struct Impl;
  explicit StreamDecoder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace etcdf::dump_logs
