// Whether anybody was told "sound" of what is not. docs/reliability.md says who can see what.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/reliability/dice.h"
#include "tests/reliability/fault.h"
#include "tests/reliability/tool_run.h"

namespace etcdf::reliability {

using Rows = std::map<std::string, std::map<std::string, std::string>>;  // by bucket and key

// What a data directory says, damage aside.
struct Meaning {
  Rows rows;
  // As of the transaction before, which the other meta page leads to: what a crash leaves. Of the
  // sound data directory only.
  Rows rows_before;
  std::vector<std::string> entries;   // of the log, each as dump-logs shows it, in order
  std::vector<std::string> unmarked;  // those that are not shown as damaged
  uint64_t consistent_index = 0;      // 0 if it is not to be had
  uint64_t last_index = 0;            // of the log, or of a snapshot that it ends with
};

// What the tools say of the data directory `d` in the working directory, beside the two sound
// copies of it `a` and `b`.
struct Answers {
  ToolRun entries;  // dump-logs, from the first entry on
  ToolRun verify;
  ToolRun check;   // dump-db check
  ToolRun status;  // snapshot-status --check=logical
  ToolRun backup;  // snapshot-status of the backup in it
  ToolRun peers;   // hashcheck of d, a and b
  ToolRun audit;   // hashcheck --audit of d alone
  ToolRun best;    // hashcheck --best-member of the three
  ToolRun rolled;  // hashcheck --roll-forward of the three
  ToolRun digest;  // hashcheck of the digest of d, and a
  Meaning meaning;

  uint64_t runs = 0;
  // Of these and of other commands that were drawn: the command and ToolRun::fault.
  std::vector<std::string> faults;
};

// `out` in the working directory is where the tools may write to. With `dice`, asks three more
// commands, drawn from all that the tools can do; without them, all of these.
Answers Ask(uint64_t input_bytes, Dice* dice);

// What was answered wrongly, in sentences. `trace`: the most hidden of the faults that were made.
// `backup_changed`: its bytes are not the sound ones.
struct Harmed {
  const Answers& answers;
  Trace trace = Trace::kInTheBytes;
  bool backup_changed = false;
};
std::vector<std::string> WrongVerdicts(const Answers& sound, const Harmed& harmed);

}  // namespace etcdf::reliability
