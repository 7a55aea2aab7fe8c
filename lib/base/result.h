// Errors: the job cannot go on. (Damage in the evidence is not an error but a Finding: finding.h.)
//
// `Result<T>` is a value or an `Error`. It is tl::expected with [[nodiscard]], which tl 1.0.0
// lacks.
#pragma once

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace etcdf {

enum class ErrorCode : uint8_t {
  kIo,           // the operating system refused: `system_errno` says why
  kNotFound,     // the thing asked for is not there
  kWrongKind,    // there is something, but not what was asked for
  kMalformed,    // the bytes break their format
  kUnsupported,  // understood, and not something this build can do
  kUsage,        // the caller's options contradict each other
};

struct Error {
  ErrorCode code = ErrorCode::kMalformed;
  int system_errno = 0;      // with kIo
  const char* what = "";     // static text: lower case, no full stop
  std::string subject = {};  // the path or name it is about; filled in at the boundary

  // "what: No such file or directory"
  std::string Reason() const {
    std::string text = what;
    if (system_errno != 0) {
      text += ": ";
      text += std::strerror(system_errno);
    }
    return text;
  }

  // "subject: what: No such file or directory"
  std::string Message() const { return subject.empty() ? Reason() : subject + ": " + Reason(); }
};

template <typename T>
struct [[nodiscard]] Result : tl::expected<T, Error> {
  using tl::expected<T, Error>::expected;
};

inline tl::unexpected<Error> Fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

inline tl::unexpected<Error> FailErrno(const char* what, std::string_view subject) {
  return Fail({.code = ErrorCode::kIo,
               .system_errno = errno,
               .what = what,
               .subject = std::string(subject)});
}

}  // namespace etcdf
