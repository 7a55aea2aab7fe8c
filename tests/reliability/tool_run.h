// One run of one of the tools in a process of its own, as a user would meet it, and what may never
// happen in it whatever it is given.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace etcdf::reliability {

// Sanitizers take many times the time and the memory.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

// The tool's name and its arguments.
using Command = std::vector<std::string>;
// As a shell would be given it.
std::string CommandText(const Command& command);

struct ToolRun {
  int exit_code = 2;
  std::string out = {};
  std::string err = {};
  uint64_t peak_bytes = 0;  // of memory
  // Why the run was no orderly one: a signal, a sanitizer's report, an exit status that is not
  // documented, too much time or memory, output that is not the JSON asked for, or an exit status
  // that contradicts the findings. Empty if nothing of it.
  std::string fault = {};

  bool sound() const { return exit_code == 0; }
};

// Runs a tool in the working directory. `input_bytes`: the size of all that it may read, by which
// its memory is judged.
ToolRun RunTool(const Command& command, uint64_t input_bytes);

}  // namespace etcdf::reliability
