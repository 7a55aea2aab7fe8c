// Where finished text goes. A tool writes to a Sink, so that its tests can read what it wrote.
#pragma once

#include <string>
#include <string_view>

namespace etcdf::output {

class Sink {
 public:
  virtual ~Sink() = default;
  // Writes all of `text`. False once the reader has gone away (broken pipe) or writing failed; from
  // then on every call is false and the producer should stop.
  virtual bool Write(std::string_view text) = 0;
};

// Writes straight to a file descriptor, without a buffer of its own: callers hand over large
// pieces.
class FdSink : public Sink {
 public:
  explicit FdSink(int fd) : fd_(fd) {}
  bool Write(std::string_view text) override;
  // The errno that ended the writing; 0 while all is well. EPIPE counts as success for a tool whose
  // reader has seen enough.
  int error() const { return error_; }

 private:
  int fd_;
  int error_ = 0;
};

class StringSink : public Sink {
 public:
  bool Write(std::string_view text) override {
    text_ += text;
    return true;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace etcdf::output
