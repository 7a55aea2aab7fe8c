// Test cases as text files that hold input and expected output side by side.
//
//     # A torn last write is normal after a power cut: a note, exit code 0.
//     build-wal torn
//     metadata node=1 cluster=2
//     entry term=1 index=1 put key=a value=1
//     cut-last-record bytes=5
//     ----
//     member/wal/0000000000000000-0000000000000000.wal: 75 bytes
//
//     dump-logs --verify torn
//     ----
//     ...
//     stderr:
//     note wal.torn_tail: ...
//
// A file is a sequence of cases parted by blank lines. A case: comment lines that begin with #, the
// directive with its arguments (words and "quoted words"), lines of input for it, `----`, the
// expected output up to the next blank line. Output with blank lines stands between two pairs of
// `----` lines. In expected output, a line that ends in a blank or in `$` is shown with one more
// `$`, and control characters are shown as <0a>, so that a case can be read and edited without
// surprises.
//
// Each file is a test. It runs in a temporary directory of its own, which is also the working
// directory. After every directive that does not build evidence, all evidence must be as it was:
// same files, same bytes, same modification times. Only below `out/` may a tool write.
//
// With ETCDF_REWRITE=1 the tests write the actual output into their files; read the difference
// before keeping it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace etcdf::testing {

struct Directive {
  std::string name;
  std::vector<std::string> arguments;
  std::string input;  // each line with its newline
};

// Does what the directive says, in the working directory, and returns the output to compare. An
// error is a mistake in the case itself, and never the output that a case expects.
using DirectiveHandler = std::function<Result<std::string>(const Directive&)>;

// Whether a directive may change the evidence.
enum class Effect : uint8_t { kReadsOnly, kBuilds };

// A program's main, called in process. Returns its exit code.
using ToolMain =
    std::function<int(std::vector<std::string> arguments, std::string& out, std::string& err)>;

class DataDriven {
 public:
  // Knows build-wal, build-db and copy; `fixtures` is where copy takes from.
  explicit DataDriven(std::filesystem::path fixtures);

  void On(std::string name, Effect effect, DirectiveHandler handler);

  // A directive that runs a tool with the rest of the line as arguments. The output is what it
  // wrote to stdout, then `stderr:` and what it wrote there, if anything, then `exit N` if N is not
  // 0.
  void OnTool(std::string name, ToolMain tool);

  struct Outcome {
    std::string rewritten;  // the file as it would be with the actual outputs
    // "torn.test:12: ...": outputs that differ, with the difference; and what no rewriting can
    // mend.
    std::vector<std::string> differences;
    std::vector<std::string> mistakes;
  };
  // Runs the cases in `text`. `file_name` is for messages.
  Outcome Run(std::string_view text, const std::string& file_name) const;

 private:
  struct Entry {
    Effect effect;
    DirectiveHandler handler;
  };
  std::map<std::string, Entry> directives_;
};

// Registers each *.test file in `folder` as a GoogleTest of suite `suite`, named by the file: for a
// call at static initialisation, before main lists or runs the tests. An empty folder becomes a
// failing test. `driver` must outlive the tests.
void RegisterDataDrivenTests(const std::string& suite, const std::filesystem::path& folder,
                             const DataDriven& driver);

// What a case shows for a run of a tool.
std::string ToolOutput(int exit_code, std::string_view out, std::string_view err);

// A line-by-line comparison: "  same", "- only expected", "+ only actual".
std::string LineDifference(std::string_view expected, std::string_view actual);

}  // namespace etcdf::testing
