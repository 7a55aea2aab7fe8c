// Any bytes as a file: the scan ends, and rows lie within the file, each revision once.
#include <set>

#include "salvage/key_rows.h"
#include "salvage/other_buckets.h"
#include "salvage/outlook.h"
#include "testing/fuzz.h"

namespace etcdf::salvage {
namespace {

using testing::Require;
using testing::RequireWithin;

void Salvage(Bytes bytes) {
  const auto file = bolt::File::OverBytes(bytes, "fuzz");
  if (!file) return;
  FindingList findings;
  const Outlook outlook = LookInto(**file, findings);
  const KeyRows found(**file, [] { return true; });
  std::optional<mvcc::Revision> before;
  std::set<int64_t> leases;
  for (const FoundRow& row : found.rows()) {
    Require(!before || *before < row.at.revision);
    before = row.at.revision;
    RequireWithin(bytes, found.Stored(row).key);
    const mvcc::KeyRow content = found.Content(row);
    RequireWithin(bytes, content.kv.value);
    leases.insert(content.kv.lease);
    outlook.Of(row);
  }
  NewestOfEachKey(Recovered(found), found.rows());
  OtherBuckets others(**file, findings);
  others.FindLeases(**file, leases);
  for (const BucketSource& source : others.sources()) {
    uint64_t rows = 0;
    others.ForEachRow(source, [&](const backend::Row& row) {
      RequireWithin(bytes, row.value);
      ++rows;
      return true;
    });
    Require(rows == source.rows);
  }
}

}  // namespace
}  // namespace etcdf::salvage

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  etcdf::salvage::Salvage({data, size});
  return 0;
}
