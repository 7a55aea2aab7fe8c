// Any bytes as a file: reading ends, rows lie within the file, and a cursor that goes back meets
// what it met on its way.
#include <array>

#include "bolt/database.h"
#include "bolt/page_map.h"
#include "bolt/stats.h"
#include "testing/fuzz.h"

namespace etcdf::bolt {
namespace {

using testing::Require;
using testing::RequireWithin;

void ReadBucket(Bytes file, const backend::Bucket& bucket) {
  FindingList findings;
  std::array<backend::Row, 16> rows;
  size_t scanned = 0;
  for (const auto& scan : bucket.Split(2, findings)) {
    while (const size_t read = scan->Next(rows)) {
      scanned += read;
      for (const backend::Row& row : std::span(rows).first(read)) {
        RequireWithin(file, row.key);
        RequireWithin(file, row.value);
      }
    }
    for (const Finding& finding : scan->findings().findings()) findings.Report(finding);
  }
  const bool sound = findings.findings().empty();
  size_t forward = 0;
  size_t backward = 0;
  const auto cursor = bucket.NewCursor(findings);
  for (bool more = cursor->First(); more; more = cursor->Next()) ++forward;
  for (bool more = cursor->Last(); more; more = cursor->Prev()) ++backward;
  Require(forward == backward);
  Require(!sound || forward == scanned);
}

void ReadFile(Bytes bytes, std::optional<int> meta) {
  const auto file = File::OverBytes(bytes, "fuzz");
  if (!file) return;
  FindingList findings;
  (*file)->ReportMetas(findings);
  const auto database = Database::Open(**file, meta, findings);
  if (!database) return;
  for (const Bytes name : (*database)->bucket_names()) {
    ReadBucket(bytes, *(*database)->Open(name));
  }
  const PageMap map(**database, findings);
  CollectStats(**database, findings);
}

}  // namespace
}  // namespace etcdf::bolt

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  etcdf::bolt::ReadFile({data, size}, 0);
  etcdf::bolt::ReadFile({data, size}, std::nullopt);
  return 0;
}
