// Findings as the tools show them: lines for people on stderr, JSON objects for programs in the
// stream of what a tool prints.
#pragma once

#include <string>

#include "base/finding.h"
#include "output/json_writer.h"
#include "output/sink.h"

namespace etcdf::describe {

// Writes
// {"finding":"wal.crc_mismatch","severity":"damage","file":"...","offset":134320,"length":96,
// "what":"...","consequence":"...","stored_crc":2255914391,...}. What is not known does not stand.
void WriteFindingJson(output::JsonWriter& json, const Finding& finding);
// The same with a newline behind it.
void AppendFindingJson(std::string& out, const Finding& finding);

// Shows findings in the order they are met.
class FindingPrinter {
 public:
  enum class Form : uint8_t {
    kJson,   // on `out`
    kText,   // on `err`
    kQuiet,  // not at all
  };
  // A program reads them where it reads the rest; people may not want to.
  static Form FormFor(bool is_json, bool is_quiet) {
    return is_json ? Form::kJson : is_quiet ? Form::kQuiet : Form::kText;
  }

  FindingPrinter(Form form, output::Sink& out, output::Sink& err)
      : form_(form), sink_(form == Form::kJson ? out : err) {}

  // Shows what has been reported since the last call.
  void ShowNew(const FindingList& list);
  // Says how many were reported and not kept, where a file has more than anybody would read.
  void ShowSuppressed(const FindingList& list);

 private:
  Form form_;
  output::Sink& sink_;
  size_t shown_ = 0;
};

}  // namespace etcdf::describe
