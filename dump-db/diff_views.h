// How the changes between two states print.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/result.h"
#include "checksum/keyed_hash.h"
#include "dump-db/options.h"
#include "objects/change.h"
#include "output/sink.h"
#include "states/changes.h"

namespace etcdf::dump_db {

// One of the two states, for the heading and the last line.
struct DiffSide {
  std::string path;
  int64_t revision = 0;
  int64_t compact_revision = 0;
  bool is_whole = true;  // all of its rows could be read
};

struct DiffCounts {
  uint64_t added = 0;
  uint64_t removed = 0;
  uint64_t changed = 0;
  uint64_t only_status = 0;
  uint64_t rewritten = 0;
  uint64_t not_opened = 0;

  void Add(objects::ChangeKind kind);
  bool differ() const { return added + removed + changed + only_status > 0; }
};

struct DiffItem {
  const states::KeyChange& rows;
  const objects::Change& change;
  const HashKey& ids;  // of closed leaves
};

// What was found, whatever is printed of it.
struct DiffTotals {
  DiffSide from;
  DiffSide to;
  DiffCounts counts = {};
  // By kind and namespace, where a summary is asked for.
  std::map<std::pair<std::string, std::string>, DiffCounts> groups = {};
};

class DiffView {
 public:
  virtual ~DiffView() = default;
  virtual void Begin(const DiffTotals& /*totals*/) {}
  // False once nobody reads any more.
  virtual bool Show(const DiffItem& item) = 0;
  virtual Result<void> Finish(const DiffTotals& totals) = 0;
};

// For the format and the verbosity that the options name.
std::unique_ptr<DiffView> NewDiffView(const Options& options, output::Sink& out);

// How a key is called: its object's kind, or in parentheses its resource, or "-"; and
// NAMESPACE/NAME, or the key.
std::string DiffKind(const DiffItem& item);
std::string DiffName(const DiffItem& item);
// "added", ...
std::string_view ChangeWord(objects::ChangeKind kind);

// In JSON, a line each; the text of the last one.
void AppendDiffJson(std::string& text, const DiffItem& item);
void AppendDiffGroupsJson(std::string& text, const DiffTotals& totals);
void AppendDiffTotalsJson(std::string& text, const DiffTotals& totals);

}  // namespace etcdf::dump_db
