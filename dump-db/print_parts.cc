#include "dump-db/print_parts.h"

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

namespace etcdf::dump_db {
namespace {

// Small enough for the rows of a part to be held, 40 bytes each.
constexpr uint64_t kPartBytes = uint64_t{1} << 20;

}  // namespace

bool PrintParts(const VerbContext& context, const backend::Bucket& bucket, Direction direction,
                output::Sink& out, const std::function<void(const PrintedPart&)>& print) {
  const uint64_t wanted = context.evidence.database->size_bytes() / kPartBytes + 1;
  auto scans = bucket.Split(static_cast<size_t>(wanted), context.findings);
  std::vector<FindingList> findings(scans.size());
  const size_t cores = std::max(1U, std::thread::hardware_concurrency());
  output::OrderedParts parts(out, scans.size());
  const bool complete = parts.Run(std::min(cores, scans.size()), [&] {
    return [&](output::OrderedParts::Part& part) {
      const size_t ordinal =
          direction == Direction::kForwards ? part.ordinal() : scans.size() - 1 - part.ordinal();
      const std::unique_ptr<backend::Scan> scan = std::move(scans[ordinal]);
      FindingList of_rows;
      print({.scan = *scan, .findings = of_rows, .text = part});
      for (const FindingList* list :
           {&scan->findings(), static_cast<const FindingList*>(&of_rows)}) {
        for (const Finding& finding : list->findings()) findings[ordinal].Report(finding);
      }
    };
  });
  for (const FindingList& list : findings) {
    for (const Finding& finding : list.findings()) context.findings.Report(finding);
  }
  return complete;
}

}  // namespace etcdf::dump_db
